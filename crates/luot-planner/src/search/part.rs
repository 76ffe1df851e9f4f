//! Cutting a large problem in two, so that two threads can work on one plan at once.
//!
//! Sites that some cohort could choose between belong together; what is left falls into components (in a province:
//! the communes), which only the machines connect. A part has some of the components with all their cohorts, and the
//! machines that stand there more than elsewhere. What such a machine does elsewhere is fixed meanwhile, and so is
//! what a foreign machine does here; therefore two parts can be improved apart and put together again. The cut is
//! another one each time.

use super::anneal::Packed;
use super::problem::{Fixed, NONE, Problem};
use super::rng::Rng;

/// A part of a problem, and what its numbers mean in the whole.
pub(crate) struct Part<'a> {
    pub problem: Problem<'a>,
    machines: Vec<u32>,
    cohorts: Vec<u32>,
    /// By site, whether it belongs to this part.
    mine: Vec<bool>,
}

/// By site, the number of its component; and how many there are.
pub(crate) fn components(p: &Problem<'_>) -> (Vec<u32>, usize) {
    let mut parent: Vec<u32> = (0..p.sites as u32).collect();
    fn root(parent: &mut [u32], mut s: u32) -> u32 {
        while parent[s as usize] != s {
            parent[s as usize] = parent[parent[s as usize] as usize];
            s = parent[s as usize];
        }
        s
    }
    for group in &p.cohorts {
        for pair in group.sites.windows(2) {
            let (a, b) = (root(&mut parent, pair[0]), root(&mut parent, pair[1]));
            parent[a.max(b) as usize] = a.min(b);
        }
    }
    let mut number = vec![NONE; p.sites];
    let mut count = 0;
    let of = (0..p.sites as u32)
        .map(|s| {
            let r = root(&mut parent, s) as usize;
            if number[r] == NONE {
                number[r] = count;
                count += 1;
            }
            number[r]
        })
        .collect();
    (of, count as usize)
}

/// Cuts a problem with a plan in two parts of about the same number of cohorts.
pub(crate) fn cut<'a>(
    p: &Problem<'a>,
    plan: &Packed,
    (component, count): &(Vec<u32>, usize),
    rng: &mut Rng,
) -> [Part<'a>; 2] {
    let whole: usize = p.cohorts.len();
    let in_first = grown(p, plan, component, *count, &[], whole / 2, rng);
    split(p, plan, component, &in_first, rng)
}

/// A part around some components: with those that share machines with them, up to so many cohorts.
pub(crate) fn around<'a>(
    p: &Problem<'a>,
    plan: &Packed,
    (component, count): &(Vec<u32>, usize),
    seeds: &[u32],
    cohorts: usize,
    rng: &mut Rng,
) -> Part<'a> {
    let inside = grown(p, plan, component, *count, seeds, cohorts, rng);
    let [part, _] = split(p, plan, component, &inside, rng);
    part
}

fn split<'a>(
    p: &Problem<'a>,
    plan: &Packed,
    component: &[u32],
    in_first: &[bool],
    rng: &mut Rng,
) -> [Part<'a>; 2] {
    let first_site = |s: u32| in_first[component[s as usize] as usize];
    // A machine goes where it stands more; an idle one where its home is, or by lot.
    let mut balance = vec![0_i32; p.machines];
    for &(m, _, s) in &plan.rotation {
        balance[m as usize] += if first_site(s) { 1 } else { -1 };
    }
    let first_machine: Vec<bool> = (0..p.machines)
        .map(|m| match balance[m] {
            0 if p.home[m] != NONE && !rng.one_in(4) => first_site(p.home[m]),
            0 => rng.one_in(2),
            n => n > 0,
        })
        .collect();
    [true, false].map(|side| {
        let mine: Vec<bool> = (0..p.sites as u32).map(|s| first_site(s) == side).collect();
        part(p, plan, mine, side, &|m| first_machine[m as usize] == side)
    })
}

/// The seeds, then other components that share machines with those taken, or any, until they have enough cohorts.
fn grown(
    p: &Problem<'_>,
    plan: &Packed,
    component: &[u32],
    count: usize,
    seeds: &[u32],
    enough: usize,
    rng: &mut Rng,
) -> Vec<bool> {
    let mut weight = vec![0_usize; count];
    for group in &p.cohorts {
        if let Some(&site) = group.sites.first() {
            weight[component[site as usize] as usize] += 1;
        }
    }
    let mut of_machine: Vec<Vec<u32>> = vec![Vec::new(); p.machines];
    let mut of_component: Vec<Vec<u32>> = vec![Vec::new(); count];
    for &(m, _, s) in &plan.rotation {
        let c = component[s as usize];
        if !of_machine[m as usize].contains(&c) {
            of_machine[m as usize].push(c);
            of_component[c as usize].push(m);
        }
    }
    let mut order: Vec<u32> = (0..count as u32).collect();
    rng.shuffle(&mut order);
    let mut taken = vec![false; count];
    let mut got = 0;
    let mut open: Vec<u32> = seeds.to_vec();
    let mut next = order.into_iter();
    let mut seeds = seeds.len();
    while got < enough || seeds > 0 {
        let c = if seeds > 0 {
            seeds -= 1;
            open.swap_remove(0)
        } else if open.is_empty() {
            match next.next() {
                Some(c) => c,
                None => break,
            }
        } else {
            open.swap_remove(rng.below(open.len()))
        };
        if std::mem::replace(&mut taken[c as usize], true) {
            continue;
        }
        got += weight[c as usize];
        let machines = of_component[c as usize].iter();
        open.extend(
            machines
                .flat_map(|m| &of_machine[*m as usize])
                .filter(|c| !taken[**c as usize]),
        );
    }
    taken
}

fn part<'a>(
    p: &Problem<'a>,
    plan: &Packed,
    mine: Vec<bool>,
    first: bool,
    owns: &dyn Fn(u32) -> bool,
) -> Part<'a> {
    let mut visits = vec![false; p.machines];
    for &(m, _, s) in &plan.rotation {
        visits[m as usize] |= mine[s as usize];
    }
    let machines: Vec<u32> = (0..p.machines as u32)
        .filter(|m| owns(*m) || visits[*m as usize])
        .collect();
    let cohorts: Vec<u32> = (0..p.cohorts.len() as u32)
        .filter(|c| {
            p.cohorts[*c as usize]
                .sites
                .first()
                .map_or(first, |s| mine[*s as usize])
        })
        .collect();
    let mut local = vec![NONE; p.machines];
    machines
        .iter()
        .enumerate()
        .for_each(|(n, m)| local[*m as usize] = n as u32);
    let mut local_cohort = vec![NONE; p.cohorts.len()];
    cohorts
        .iter()
        .enumerate()
        .for_each(|(n, c)| local_cohort[*c as usize] = n as u32);
    let row = |table: &[u64], m: u32| table[m as usize * p.words..][..p.words].to_vec();
    // Cohorts without a site have fixed allotments at most; the first part keeps them.
    let mut problem = Problem {
        machines: machines.len(),
        records: machines
            .iter()
            .flat_map(|m| {
                p.records[*m as usize * p.shifts..][..p.shifts]
                    .iter()
                    .copied()
            })
            .collect(),
        issues_cards: machines
            .iter()
            .map(|m| p.issues_cards[*m as usize])
            .collect(),
        home: machines.iter().map(|m| p.home[*m as usize]).collect(),
        runs: machines
            .iter()
            .flat_map(|m| {
                if owns(*m) {
                    row(&p.runs, *m)
                } else {
                    vec![0; p.words]
                }
            })
            .collect(),
        held: vec![0; machines.len() * p.words],
        cohorts: cohorts
            .iter()
            .map(|c| p.cohorts[*c as usize].clone())
            .collect(),
        fixed: Fixed::default(),
        visitors: p
            .visitors
            .iter()
            .zip(&mine)
            .map(|(visitors, mine)| {
                if *mine {
                    visitors.iter().map(|c| local_cohort[*c as usize]).collect()
                } else {
                    Vec::new()
                }
            })
            .collect(),
        ..p.frame()
    };
    for &(m, t, s) in &plan.rotation {
        let here = local[m as usize];
        if here != NONE && (p.is_held(m, t as usize) || !mine[s as usize] || !owns(m)) {
            problem.fixed.rotation.push((here, t, s));
            super::bits::set(&mut problem.held[here as usize * p.words..], t as usize);
        }
    }
    let fixed = p
        .fixed
        .allotments
        .iter()
        .filter(|a| local_cohort[a.0 as usize] != NONE);
    problem.fixed.allotments = fixed
        .map(|a| (local_cohort[a.0 as usize], a.1, a.2))
        .collect();
    problem.settle();
    Part {
        problem,
        machines,
        cohorts,
        mine,
    }
}

impl<'a> Part<'a> {
    /// The part that is all of a problem.
    pub(crate) fn all(p: &Problem<'a>) -> Self {
        let fixed = Packed {
            rotation: p.fixed.rotation.clone(),
            ..Packed::default()
        };
        part(p, &fixed, vec![true; p.sites], true, &|_| true)
    }

    /// What of a plan of the whole this part may change.
    pub(crate) fn take_out(&self, plan: &Packed) -> Packed {
        let local = |list: &[u32], n: u32| list.binary_search(&n).ok().map(|n| n as u32);
        Packed {
            rotation: plan
                .rotation
                .iter()
                .filter_map(|(m, t, s)| Some((local(&self.machines, *m)?, *t, *s)))
                .collect(),
            allotments: plan
                .allotments
                .iter()
                .filter_map(|(c, s, n)| Some((local(&self.cohorts, *c)?, *s, *n)))
                .collect(),
            cost: 0,
        }
    }

    /// A plan of the whole with what this part made of its sites in place of what was there.
    pub(crate) fn replace_in(&self, made: &Packed, plan: &Packed) -> Packed {
        let mut replaced = Packed {
            rotation: plan
                .rotation
                .iter()
                .filter(|r| !self.mine[r.2 as usize])
                .copied()
                .collect(),
            allotments: plan
                .allotments
                .iter()
                .filter(|a| self.cohorts.binary_search(&a.0).is_err())
                .copied()
                .collect(),
            cost: 0,
        };
        self.put_in(made, &mut replaced);
        replaced
    }

    /// Adds to a plan of the whole what this part made of its sites.
    pub(crate) fn put_in(&self, made: &Packed, plan: &mut Packed) {
        let mine = made.rotation.iter().filter(|r| self.mine[r.2 as usize]);
        plan.rotation
            .extend(mine.map(|(m, t, s)| (self.machines[*m as usize], *t, *s)));
        plan.allotments.extend(
            made.allotments
                .iter()
                .map(|(c, s, n)| (self.cohorts[*c as usize], *s, *n)),
        );
    }
}
