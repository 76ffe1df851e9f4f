//! How to search: the numbers that were found by measuring, in one place. The measurements are in the README.

use super::problem::Problem;

/// The ways to tear something out, in the order of [`Manner::weights`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Strings,
    Neighbours,
    Visit,
    Days,
    LastDay,
    Swap,
}

const WAYS: [Way; 6] = [
    Way::Strings,
    Way::Neighbours,
    Way::Visit,
    Way::Days,
    Way::LastDay,
    Way::Swap,
];

/// How to search.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Manner {
    /// How often each way of tearing something out is taken, in hundredths.
    pub weights: [usize; 6],
    /// How much is torn out: strings of up to half as many placements, up to so many neighbours and two.
    pub size: usize,
    /// Temperatures at the begin and end of a round, in units of cost.
    pub warm: f64,
    pub cold: f64,
    /// How warm later rounds of the same search begin at most.
    pub reheat: f64,
    /// Whether two workers on the same problem go their own ways to the end.
    pub alone: bool,
    /// The price of people without a place, in hundredths of the true one.
    pub price: i64,
}

impl Manner {
    /// For a problem that is annealed as a whole.
    pub(crate) fn whole(p: &Problem<'_>) -> Self {
        let weights = [36, 26, 9, 8, 6, 15];
        let costs = &p.costs;
        if is_promised(p) {
            // To move a class costs its size times the price of moving: the scale on which to be daring.
            let warm = costs.moved.max(costs.relocation / 30).max(1) as f64 * 30.0;
            return Self {
                weights,
                size: 6,
                warm,
                cold: 1.5,
                reheat: scale(p) * 0.5,
                alone: false,
                price: 100,
            };
        }
        Self {
            weights,
            size: 7,
            warm: scale(p) * 0.85,
            cold: 1.5,
            reheat: scale(p) * 0.5,
            alone: false,
            price: 10,
        }
    }

    /// For a problem that is cut in parts: there is time for little warmth, and the first plan is kept in its outline.
    pub(crate) fn cut(p: &Problem<'_>) -> Self {
        let price = if is_promised(p) { 100 } else { 10 };
        Self {
            weights: [30, 45, 0, 0, 0, 25],
            size: 16,
            warm: scale(p) * 0.1,
            cold: 1.0,
            reheat: scale(p) * 0.1,
            alone: false,
            price,
        }
    }

    /// The way that a number below 100 stands for.
    pub(crate) fn way(&self, mut number: usize) -> Way {
        for (way, weight) in WAYS.into_iter().zip(self.weights) {
            if number < weight {
                return way;
            }
            number -= weight;
        }
        Way::Strings
    }

    /// The temperature when so much of a round is done.
    pub(crate) fn heat(&self, done: f64) -> f64 {
        self.warm * (self.cold / self.warm).powf(done.clamp(0.0, 1.0))
    }
}

/// Whether anybody has been promised anything.
pub(crate) fn is_promised(p: &Problem<'_>) -> bool {
    p.cohorts.iter().any(|c| c.promised > 0)
}

/// The scale of a small change: what a relocation costs, or else a session, or else anything.
fn scale(p: &Problem<'_>) -> f64 {
    let costs = &p.costs;
    [costs.relocation, costs.session, costs.finish, costs.split]
        .into_iter()
        .find(|c| *c > 0)
        .unwrap_or(10) as f64
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    reason = "in a test, what must not happen may panic"
)]
mod tests {
    use super::*;
    use crate::generate::{Kind, generate};
    use crate::types::{Instance, Plan};

    #[test]
    fn there_is_a_temperature_whatever_the_costs_are() {
        let mut instance: Instance = generate(Kind::Commune, 1);
        let cohort = instance.cohorts.first().unwrap().clone();
        instance.published = Some(Plan {
            allotments: vec![crate::Allotment {
                cohort: cohort.id,
                date: instance.start,
                shift: instance.shifts.first().unwrap().id.clone(),
                site: cohort.sites.first().unwrap().clone(),
                people: 1,
                moved_before: false,
            }],
            ..Plan::default()
        });
        instance.costs = crate::Costs {
            unserved: 1,
            late: 0,
            moved: 0,
            relocation: 0,
            session: 0,
            split: 0,
            finish: 0,
        };
        let p = Problem::new(&instance);
        assert!(is_promised(&p));
        for manner in [Manner::whole(&p), Manner::cut(&p)] {
            for done in [0.0, 0.5, 1.0] {
                assert!(manner.heat(done) > 0.0, "{manner:?}");
            }
        }
    }
}
