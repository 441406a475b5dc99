//! Training: softmax regression for both heads, by stochastic gradient descent with AdaGrad's steps. The same corpus gives the same
//! bytes on every machine: one order, one seed, one thread, and no function of the system's mathematics library.

use std::collections::BTreeMap;

use assistant::understand::{
    Features, Intent,
    model::{Parts, shares},
};

/// A message as the heads see it.
#[derive(Clone)]
pub(crate) struct Example {
    pub(crate) features: Features,
    pub(crate) intent: usize,
    /// Classes of the service head that may be right; empty where that head learns nothing from it.
    pub(crate) services: Vec<usize>,
    pub(crate) weight: f32,
}

/// How it is trained. Found by cross-validation.
#[derive(Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) rounds: usize,
    pub(crate) step: f32,
    /// Pull towards zero.
    pub(crate) pull: f32,
    /// A feature that fewer examples hold is left out.
    pub(crate) seen_min: usize,
    /// At most so many rows are kept, those that weigh most.
    pub(crate) rows_max: usize,
    /// At most so many weights are kept, the largest.
    pub(crate) weights_max: usize,
}

pub(crate) const PLAN: Plan = Plan {
    rounds: 20,
    step: 0.1,
    pull: 1e-3,
    seen_min: 3,
    rows_max: 65_000,
    weights_max: 1_200_000,
};

struct Row {
    feature: u32,
    /// How much it stands for: the root of the sum of its squared values.
    mass: f32,
    weights: Vec<f32>,
    squares: Vec<f32>,
}

/// Trains both heads. The calibration is left empty and the bounds open: they come from what the heads say of lines that they have
/// not seen.
pub(crate) fn learn(examples: &[Example], services: &[String], plan: Plan) -> Parts {
    let intents = Intent::ALL.len();
    let Weights { bias, rows } = weights(examples, [intents, services.len() + 1], plan);
    Parts {
        services: services.to_vec(),
        bias,
        rows,
        calibration: vec![],
        ask_below: 0.0,
        out_of_scope_from: 0.5,
    }
}

/// What training finds.
pub(crate) struct Weights {
    /// One for each class, those of the first head first.
    pub(crate) bias: Vec<f32>,
    /// Feature and its weights, one for each class; features ascending.
    pub(crate) rows: Vec<(u32, Vec<f32>)>,
}

/// Trains two heads of so many classes. A second head of none learns nothing.
pub(crate) fn weights(examples: &[Example], [intents, services]: [usize; 2], plan: Plan) -> Weights {
    let classes = intents + services;
    let mut seen: BTreeMap<u32, usize> = BTreeMap::new();
    for example in examples {
        for (feature, _) in &example.features {
            *seen.entry(*feature).or_default() += 1;
        }
    }
    seen.retain(|_, count| *count >= plan.seen_min);
    let places: BTreeMap<u32, usize> = seen
        .keys()
        .enumerate()
        .map(|(place, feature)| (*feature, place))
        .collect();
    let row = |feature: &u32| Row {
        feature: *feature,
        mass: 0.0,
        weights: vec![0.0; classes],
        squares: vec![0.0; classes],
    };
    let mut rows: Vec<Row> = seen.keys().map(row).collect();
    let mut bias = row(&0);
    let placed: Vec<Vec<(usize, f32)>> = examples
        .iter()
        .map(|example| {
            let known = example.features.iter();
            known
                .filter_map(|(feature, value)| Some((*places.get(feature)?, *value)))
                .collect()
        })
        .collect();
    for (place, value) in placed.iter().flatten() {
        if let Some(row) = rows.get_mut(*place) {
            row.mass += value * value;
        }
    }
    for row in &mut rows {
        row.mass = row.mass.sqrt();
    }
    let balance = balance(examples, intents, classes);

    let mut order: Vec<usize> = (0..examples.len()).collect();
    let mut random = 0x2545_F491_4F6C_DD1D_u64;
    for round in 0..plan.rounds {
        shuffle(&mut order, &mut random);
        let rounds = small(plan.rounds);
        let step = plan.step * (1.0 - 0.7 * small(round) / rounds);
        for number in &order {
            let (Some(example), Some(features)) = (examples.get(*number), placed.get(*number)) else {
                continue;
            };
            let mut sums = bias.weights.clone();
            for (place, value) in features {
                if let Some(row) = rows.get(*place) {
                    for (sum, weight) in sums.iter_mut().zip(&row.weights) {
                        *sum += value * weight;
                    }
                }
            }
            let slopes = slopes(&sums, example, intents, &balance);
            let learn = |row: &mut Row, value: f32, pull: f32| {
                let both = row.weights.iter_mut().zip(&mut row.squares);
                for ((weight, square), slope) in both.zip(&slopes) {
                    if *slope == 0.0 {
                        continue;
                    }
                    let slope = pull.mul_add(*weight, slope * value);
                    *square += slope * slope;
                    *weight -= step * slope / (square.sqrt() + 1e-6);
                }
            };
            for (place, value) in features {
                if let Some(row) = rows.get_mut(*place) {
                    learn(row, *value, plan.pull);
                }
            }
            learn(&mut bias, 1.0, 0.0);
        }
    }

    // What a weight decides: how large it is, and how much it is asked.
    let matters = |row: &Row, weight: &f32| weight.abs() * row.mass;
    let strength = |row: &Row| {
        row.weights
            .iter()
            .map(|weight| matters(row, weight))
            .fold(0.0, f32::max)
    };
    rows.sort_by(|a, b| strength(b).total_cmp(&strength(a)).then(a.feature.cmp(&b.feature)));
    rows.truncate(plan.rows_max);
    rows.sort_by_key(|row| row.feature);
    let mut all: Vec<f32> = rows
        .iter()
        .flat_map(|row| row.weights.iter().map(|weight| matters(row, weight)))
        .collect();
    all.sort_by(|a, b| b.total_cmp(a));
    let least = all.get(plan.weights_max).copied().unwrap_or(0.0);
    for row in &mut rows {
        let mass = row.mass;
        for weight in &mut row.weights {
            if weight.abs() * mass <= least {
                *weight = 0.0;
            }
        }
    }
    Weights {
        bias: bias.weights,
        rows: rows.into_iter().map(|row| (row.feature, row.weights)).collect(),
    }
}

/// For each class, how far the heads are from the truth of one example.
fn slopes(sums: &[f32], example: &Example, intents: usize, balance: &[f32]) -> Vec<f32> {
    let mut slopes = Vec::with_capacity(sums.len());
    let (of_intents, of_services) = sums.split_at_checked(intents).unwrap_or((sums, &[]));
    let weight = example.weight * balance.get(example.intent).copied().unwrap_or(1.0);
    slopes.extend(shares(of_intents.to_vec()).iter().enumerate().map(|(class, share)| {
        let truth = if class == example.intent { 1.0 } else { 0.0 };
        (share - truth) * weight
    }));
    if example.services.is_empty() {
        slopes.resize(sums.len(), 0.0);
        return slopes;
    }
    let one = 1.0 / small(example.services.len());
    let first = example.services.first().map_or(intents, |class| intents + class);
    let weight = example.weight * balance.get(first).copied().unwrap_or(1.0);
    slopes.extend(shares(of_services.to_vec()).iter().enumerate().map(|(class, share)| {
        let truth = if example.services.contains(&class) { one } else { 0.0 };
        (share - truth) * weight
    }));
    slopes
}

/// A rare class counts more, a frequent one less: by the root of how rare.
fn balance(examples: &[Example], intents: usize, classes: usize) -> Vec<f32> {
    let mut counts = vec![0.0_f32; classes];
    for example in examples {
        let of_services = example.services.iter().take(1).map(|class| intents + class);
        for class in std::iter::once(example.intent).chain(of_services) {
            if let Some(count) = counts.get_mut(class) {
                *count += example.weight;
            }
        }
    }
    let (of_intents, of_services) = counts.split_at(intents);
    let weights = |counts: &[f32]| {
        let mean = counts.iter().sum::<f32>() / small(counts.len().max(1));
        let weight = |count: &f32| (mean / count.max(1.0)).sqrt().clamp(0.4, 2.5);
        counts.iter().map(weight).collect::<Vec<_>>()
    };
    let mut all = weights(of_intents);
    all.extend(weights(of_services));
    all
}

/// Fisher and Yates, with xorshift64*.
pub(crate) fn shuffle(order: &mut [usize], state: &mut u64) {
    for place in (1..order.len()).rev() {
        let other = usize::try_from(random(state)).unwrap_or(0) % (place + 1);
        order.swap(place, other);
    }
}

/// The next of a series that looks like chance and is always the same (xorshift*, Vigna 2014); 31 bits of it.
fn random(state: &mut u64) -> u64 {
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33
}

/// A count as a number to reckon with; far below where f32 stops counting by ones.
pub(crate) fn small(count: usize) -> f32 {
    f32::from(u16::try_from(count).unwrap_or(u16::MAX))
}
