//! Two linear heads over one set of features: what is wanted, and about which service. Small, fixed, and read from one file.
//!
//! The file (little endian): `PRAMAN-1`; number of intents, number of services (u8 each); the services' codes (length u8, bytes); a bias
//! for each class and a step for each head (f32); the points of the calibration (count u8; pairs of f32); the bounds (f32: ask,
//! out of scope); the table ([`super::table`]); SHA-256 of all that.

pub use super::table::ModelError;
use super::{
    Intent,
    features::Features,
    table::{self, CLASSES_MAX, Reading, Table},
};

const KIND: &[u8; 8] = b"PRAMAN-1";

/// What a training run hands over, before it is rounded.
#[derive(Clone, Debug)]
pub struct Parts {
    /// Codes of the services, in the order of their classes; the class after the last one is "no service".
    pub services: Vec<String>,
    /// One for each class: the intents in the order of [`Intent::ALL`], the services, no service.
    pub bias: Vec<f32>,
    /// Feature and its weights, one for each class; features ascending.
    pub rows: Vec<(u32, Vec<f32>)>,
    /// Raw confidence and how often such a reading was right, both ascending.
    pub calibration: Vec<(f32, f32)>,
    /// Below this confidence it is better to ask.
    pub ask_below: f32,
    /// From this on a message counts as out of scope.
    pub out_of_scope_from: f32,
}

/// The heads, ready to be asked.
pub struct Model {
    services: Vec<String>,
    bias: Vec<f32>,
    steps: [f32; 2],
    calibration: Vec<(f32, f32)>,
    pub(super) ask_below: f32,
    pub(super) out_of_scope_from: f32,
    table: Table,
}

/// How likely each class is.
#[derive(Clone, Debug)]
pub struct Scores {
    /// In the order of [`Intent::ALL`]; they add up to 1.
    pub intents: Vec<f32>,
    /// In the order of the model's services, "no service" last; they add up to 1.
    pub services: Vec<f32>,
}

impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("Model");
        shown.field("services", &self.services.len()).finish_non_exhaustive()
    }
}

impl Model {
    /// Reads a model's file.
    ///
    /// # Errors
    /// [`ModelError`]: anything but the very bytes of a model is refused.
    pub fn read(file: &[u8]) -> Result<Self, ModelError> {
        let mut rest = Reading::of(file, KIND)?;
        let [intents, services] = rest.take::<2>()?;
        if usize::from(intents) != Intent::ALL.len() {
            return Err(ModelError::Version);
        }
        let classes = usize::from(intents) + usize::from(services) + 1;
        if classes > CLASSES_MAX {
            return Err(ModelError::Content("a class"));
        }
        let mut codes = Vec::with_capacity(usize::from(services));
        for _ in 0..services {
            let [length] = rest.take::<1>()?;
            let code = rest.bytes(usize::from(length))?;
            codes.push(String::from_utf8(code.to_vec()).map_err(|_| ModelError::Content("a service"))?);
        }
        let bias = (0..classes).map(|_| rest.number()).collect::<Result<_, _>>()?;
        let steps = [rest.number()?, rest.number()?];
        let [points] = rest.take::<1>()?;
        let calibration = (0..points)
            .map(|_| Ok((rest.number()?, rest.number()?)))
            .collect::<Result<_, ModelError>>()?;
        let (ask_below, out_of_scope_from) = (rest.number()?, rest.number()?);
        let table = Table::read(&mut rest, classes)?;
        rest.end()?;
        Ok(Self {
            services: codes,
            bias,
            steps,
            calibration,
            ask_below,
            out_of_scope_from,
            table,
        })
    }

    /// The codes of the services that it knows, in the order of their classes.
    #[must_use]
    pub fn services(&self) -> &[String] {
        &self.services
    }

    /// How likely each class is, given these features.
    #[must_use]
    pub fn scores(&self, features: &Features) -> Scores {
        let classes = self.bias.len();
        let mut sums = vec![0.0_f32; classes];
        self.table.add(features, &mut sums);
        let [intent_step, service_step] = self.steps;
        for (class, (sum, bias)) in sums.iter_mut().zip(&self.bias).enumerate() {
            let step = if class < Intent::ALL.len() {
                intent_step
            } else {
                service_step
            };
            *sum = *sum * step + bias;
        }
        let services = sums.split_off(Intent::ALL.len().min(sums.len()));
        Scores {
            intents: shares(sums),
            services: shares(services),
        }
    }

    /// How often a reading of this raw confidence is right.
    #[must_use]
    pub fn calibrated(&self, raw: f32) -> f32 {
        if self.calibration.is_empty() {
            return raw;
        }
        between(&self.calibration, raw).clamp(0.0, 1.0)
    }
}

/// The height of a curve of ascending points at `x`; it begins at 0 and goes on level behind its last point.
#[must_use]
pub fn between(curve: &[(f32, f32)], x: f32) -> f32 {
    let after = curve.iter().position(|(at, _)| *at >= x).unwrap_or(curve.len());
    let before = after.checked_sub(1).and_then(|place| curve.get(place));
    let low = before.copied().unwrap_or_default();
    let high = curve.get(after).copied().unwrap_or((1.0, low.1));
    let part = (x - low.0) / (high.0 - low.0).max(1e-6);
    (high.1 - low.1).mul_add(part.clamp(0.0, 1.0), low.1)
}

/// Softmax: shares that add up to 1.
#[must_use]
pub fn shares(mut sums: Vec<f32>) -> Vec<f32> {
    let top = sums.iter().copied().fold(f32::MIN, f32::max);
    for sum in &mut sums {
        *sum = exp(*sum - top);
    }
    let all: f32 = sums.iter().sum();
    for sum in &mut sums {
        *sum /= all;
    }
    sums
}

/// *e* to the power of `x`, the same bits on every machine: by halves and Taylor's series. For `x` from -87 to 88.
#[must_use]
pub fn exp(x: f32) -> f32 {
    let x = f64::from(x.clamp(-87.0, 88.0));
    let halves = (x * std::f64::consts::LOG2_E).round();
    let rest = halves.mul_add(-std::f64::consts::LN_2, x);
    let mut sum = 1.0;
    for n in [12.0, 11.0, 10.0, 9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0_f64] {
        sum = sum * rest / n + 1.0;
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "between -126 and 127, and then within f32"
    )]
    let raised = (sum * 2.0_f64.powi(halves as i32)) as f32;
    raised
}

impl Parts {
    /// The file, with each weight rounded to a step of its head; what rounds to nothing is left out.
    ///
    /// # Errors
    /// [`ModelError::Content`] when there are more classes or rows than the file can name.
    pub fn written(&self) -> Result<Vec<u8>, ModelError> {
        let classes = self.bias.len();
        let intents = Intent::ALL.len();
        if classes > CLASSES_MAX || classes != intents + self.services.len() + 1 {
            return Err(ModelError::Content("a class"));
        }
        let of = |intent: bool| {
            let weights = self.rows.iter().flat_map(|(_, row)| row.iter().enumerate());
            table::step(
                weights
                    .filter(|(class, _)| (*class < intents) == intent)
                    .map(|(_, weight)| weight),
            )
        };
        let steps = [of(true), of(false)];
        let mut file = KIND.to_vec();
        let small = |n: usize, what| u8::try_from(n).map_err(|_| ModelError::Content(what));
        file.push(small(intents, "a class")?);
        file.push(small(self.services.len(), "a class")?);
        for code in &self.services {
            file.push(small(code.len(), "a service")?);
            file.extend(code.as_bytes());
        }
        let mut numbers = |list: &[f32]| file.extend(list.iter().flat_map(|number| number.to_le_bytes()));
        numbers(&self.bias);
        numbers(&steps);
        file.push(small(self.calibration.len(), "a point")?);
        let mut numbers = |list: &[f32]| file.extend(list.iter().flat_map(|number| number.to_le_bytes()));
        for (raw, right) in &self.calibration {
            numbers(&[*raw, *right]);
        }
        numbers(&[self.ask_below, self.out_of_scope_from]);
        let [intent_step, service_step] = steps;
        table::write(&mut file, &self.rows, |class| {
            if class < intents { intent_step } else { service_step }
        })?;
        Ok(table::sealed(file))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts() -> Parts {
        let mut bias = vec![0.0; Intent::ALL.len() + 3];
        bias[0] = 0.5;
        let mut row = vec![0.0; bias.len()];
        row[1] = 4.0;
        row[Intent::ALL.len() + 1] = 2.0;
        Parts {
            services: vec!["one".into(), "two".into()],
            bias,
            rows: vec![(7, row)],
            calibration: vec![(0.2, 0.1), (0.8, 0.9)],
            ask_below: 0.6,
            out_of_scope_from: 0.4,
        }
    }

    #[test]
    fn what_was_written_is_read() {
        let model = Model::read(&parts().written().unwrap()).unwrap();
        assert_eq!(model.services(), ["one", "two"]);
        let none = model.scores(&vec![]);
        assert!(none.intents[0] > none.intents[1]);
        let some = model.scores(&vec![(7, 1.0), (8, 1.0)]);
        assert!(some.intents[1] > 0.5 && some.services[1] > 0.7, "{some:?}");
        for sum in [some.intents.iter().sum::<f32>(), some.services.iter().sum()] {
            assert!((sum - 1.0).abs() < 1e-5);
        }
    }

    #[test]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the yardstick is more exact than what it measures"
    )]
    fn powers_of_e() {
        for step in -870..=880_i16 {
            let x = f32::from(step) / 10.0;
            let right = f64::from(x).exp() as f32;
            assert!((exp(x) - right).abs() <= right * 2e-7, "{x}: {} {right}", exp(x));
        }
        assert!((exp(0.0) - 1.0).abs() < f32::EPSILON && exp(-1000.0) < 1e-37);
    }

    #[test]
    fn calibration_joins_its_points() {
        let model = Model::read(&parts().written().unwrap()).unwrap();
        for (raw, right) in [(0.0, 0.0), (0.1, 0.05), (0.2, 0.1), (0.5, 0.5), (0.8, 0.9), (1.0, 0.9)] {
            assert!(
                (model.calibrated(raw) - right).abs() < 1e-5,
                "{raw}: {}",
                model.calibrated(raw)
            );
        }
    }

    #[test]
    fn a_file_with_one_bit_changed_is_refused() {
        let file = parts().written().unwrap();
        for place in 0..file.len() {
            let mut spoiled = file.clone();
            spoiled[place] ^= 1;
            assert!(Model::read(&spoiled).is_err(), "byte {place}");
        }
        for length in 0..file.len() {
            assert!(Model::read(&file[..length]).is_err());
        }
    }
}
