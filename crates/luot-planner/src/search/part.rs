//! Cutting a large problem in parts, so that two threads can work on one plan at once, and each on little memory.
//!
//! Sites that some cohort could choose between belong together; what is left falls into components (in a province:
//! the communes), which only the machines connect. A part has some of the components with all their cohorts, and the
//! machines that stand there more than elsewhere. What such a machine does elsewhere is fixed meanwhile, and so is
//! what a foreign machine does here; therefore the parts can be improved apart and put together again. The cut is
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

/// Cuts a problem with a plan in so many parts of about the same number of cohorts.
pub(crate) fn cut<'a>(
    p: &Problem<'a>,
    plan: &Packed,
    components: &(Vec<u32>, usize),
    count: usize,
    rng: &mut Rng,
) -> Vec<Part<'a>> {
    let whole = p.cohorts.len();
    let sizes: Vec<usize> = (0..count)
        .map(|n| whole * (n + 1) / count - whole * n / count)
        .collect();
    let groups = Groups::grown(p, plan, components, &[], &sizes, rng);
    (0..groups.count as u32)
        .map(|n| groups.part(p, plan, n))
        .collect()
}

/// A part around some components: with those that share machines with them, up to so many cohorts.
pub(crate) fn around<'a>(
    p: &Problem<'a>,
    plan: &Packed,
    components: &(Vec<u32>, usize),
    seeds: &[u32],
    cohorts: usize,
    rng: &mut Rng,
) -> Part<'a> {
    let sizes = [cohorts, usize::MAX];
    Groups::grown(p, plan, components, seeds, &sizes, rng).part(p, plan, 0)
}

/// To which part each site and each machine belongs.
struct Groups {
    count: usize,
    of_site: Vec<u32>,
    of_machine: Vec<u32>,
}

impl Groups {
    /// Each group grows from component to component that share machines, or any, until it has enough cohorts; the
    /// first begins with the seeds, the last takes what is left.
    fn grown(
        p: &Problem<'_>,
        plan: &Packed,
        (component, count): &(Vec<u32>, usize),
        seeds: &[u32],
        sizes: &[usize],
        rng: &mut Rng,
    ) -> Self {
        let mut weight = vec![0_usize; *count];
        for group in &p.cohorts {
            if let Some(&site) = group.sites.first() {
                weight[component[site as usize] as usize] += 1;
            }
        }
        let mut of_machine: Vec<Vec<u32>> = vec![Vec::new(); p.machines];
        let mut of_component: Vec<Vec<u32>> = vec![Vec::new(); *count];
        for &(m, _, s) in &plan.rotation {
            let c = component[s as usize];
            if !of_machine[m as usize].contains(&c) {
                of_machine[m as usize].push(c);
                of_component[c as usize].push(m);
            }
        }
        let mut order: Vec<u32> = (0..*count as u32).collect();
        rng.shuffle(&mut order);
        let mut next = order.into_iter();
        let last = sizes.len().saturating_sub(1) as u32;
        let mut taken = vec![last; *count];
        let mut free = vec![true; *count];
        let (mut first, mut open) = (seeds.iter(), Vec::new());
        for (group, &enough) in (0..last).zip(sizes) {
            let mut got = 0;
            while got < enough || first.len() > 0 {
                let seed = first.next().copied();
                let grown = || (!open.is_empty()).then(|| open.swap_remove(rng.below(open.len())));
                let Some(c) = seed.or_else(grown).or_else(|| next.next()) else {
                    break;
                };
                if !std::mem::replace(&mut free[c as usize], false) {
                    continue;
                }
                taken[c as usize] = group;
                got += weight[c as usize];
                let machines = of_component[c as usize].iter();
                let near = machines.flat_map(|m| &of_machine[*m as usize]);
                open.extend(near.filter(|c| free[**c as usize]));
            }
            open.clear();
        }
        let of_site = component.iter().map(|c| taken[*c as usize]).collect();
        let count = sizes.len();
        Self::with_machines(p, plan, of_site, count, rng)
    }

    /// A machine goes where it stands most; an idle one where its home is, or by lot.
    fn with_machines(
        p: &Problem<'_>,
        plan: &Packed,
        of_site: Vec<u32>,
        count: usize,
        rng: &mut Rng,
    ) -> Self {
        let mut stands = vec![0_u32; p.machines * count];
        for &(m, _, s) in &plan.rotation {
            stands[m as usize * count + of_site[s as usize] as usize] += 1;
        }
        let of_machine = (0..p.machines)
            .map(|m| {
                let mine = &stands[m * count..][..count];
                let most = mine.iter().copied().max().unwrap_or(0);
                let home = p.home[m];
                if most == 0 && home != NONE && !rng.one_in(4) {
                    return of_site[home as usize];
                }
                let tied = mine.iter().filter(|n| **n == most).count();
                let luck = rng.below(tied);
                let mut ties = (0..count as u32).filter(|g| mine[*g as usize] == most);
                ties.nth(luck).unwrap_or(0)
            })
            .collect();
        Self {
            count,
            of_site,
            of_machine,
        }
    }

    fn part<'a>(&self, p: &Problem<'a>, plan: &Packed, group: u32) -> Part<'a> {
        let mine: Vec<bool> = self.of_site.iter().map(|g| *g == group).collect();
        let owns = |m: u32| self.of_machine[m as usize] == group;
        part(p, plan, mine, group == 0, &owns)
    }
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
