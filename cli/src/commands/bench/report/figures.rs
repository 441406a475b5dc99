//! Medians, ranges and ratios over the rounds.

use super::super::measure::{Sample, Series};

fn find<'a>(series: &'a [Series], writers: Option<usize>, variant: &str) -> Option<&'a Series> {
    series
        .iter()
        .find(|series| series.variant == variant && series.writers == writers)
}

/// Median, smallest and largest.
pub(super) type Spread = (f64, f64, f64);

fn spread(values: Vec<f64>) -> Option<Spread> {
    let smallest = values.iter().copied().reduce(f64::min)?;
    let largest = values.iter().copied().reduce(f64::max)?;
    Some((median(values.into_iter())?, smallest, largest))
}

/// One variant's rate in another's, round by round.
pub(in crate::commands::bench) fn ratio(
    series: &[Series],
    writers: Option<usize>,
    variant: &str,
    yardstick: &str,
) -> Option<Spread> {
    let (ours, theirs) = (find(series, writers, variant)?, find(series, writers, yardstick)?);
    let ratios = ours.rounds.iter().zip(&theirs.rounds);
    spread(
        ratios
            .filter(|(_, theirs)| theirs.per_second > 0.0)
            .map(|(ours, theirs)| ours.per_second / theirs.per_second)
            .collect(),
    )
}

pub(super) fn values(series: &[Series], variant: &str, part: impl Fn(&Sample) -> Option<f64>) -> Option<Spread> {
    spread(find(series, None, variant)?.rounds.iter().filter_map(part).collect())
}

/// The middle value; of an even number, the mean of the two in the middle.
pub(super) fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let upper = *values.get(middle)?;
    if values.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = *values.get(middle.checked_sub(1)?)?;
    Some(f64::midpoint(lower, upper))
}

/// Events for each second of one core of the reading process.
pub(super) fn per_core(sample: &Sample) -> Option<f64> {
    (sample.client_cpu_us > 0.0).then(|| 1e6 / sample.client_cpu_us)
}

#[cfg(test)]
mod tests {
    use super::super::super::variants::{OURS_PG, RAW};
    use super::*;

    fn series(variant: &'static str, rates: &[f64]) -> Series {
        let sample = |per_second: &f64| Sample {
            per_second: *per_second,
            ..Sample::default()
        };
        Series {
            variant,
            what: "",
            writers: Some(32),
            rounds: rates.iter().map(sample).collect(),
        }
    }

    #[test]
    fn a_ratio_is_the_median_of_ratios_and_not_the_ratio_of_medians() {
        let all = [series(OURS_PG, &[100.0, 10.0, 90.0]), series(RAW, &[50.0, 10.0, 100.0])];
        assert_eq!(ratio(&all, Some(32), OURS_PG, RAW), Some((1.0, 0.9, 2.0)));
        assert_eq!(ratio(&all, Some(1), OURS_PG, RAW), None);
        let first = &super::super::measures::measures(&all, 0)[0];
        assert_eq!((first.median, first.verdict()), (1.0, "reached"));
    }

    #[test]
    fn the_middle_of_an_even_number_lies_between_two() {
        assert_eq!(median([3.0, 1.0].into_iter()), Some(2.0));
        assert_eq!(median([].into_iter()), None);
    }
}
