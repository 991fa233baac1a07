//! The red wines of P. Cortez, A. Cerdeira, F. Almeida, T. Matos, J. Reis, Modeling wine preferences by data mining from
//! physicochemical properties, Decision Support Systems 47 (2009), as shipped by `linfa-datasets`.

#![allow(dead_code, reason = "each example reads what it needs")]

/// Measurements and judgements.
pub(crate) struct Wines {
    /// What is measured.
    pub(crate) names: Vec<String>,
    /// Measurements row by row, each column with mean zero and standard deviation one.
    pub(crate) features: Vec<f64>,
    /// One for each wine that was given six points or more, zero for the others.
    pub(crate) labels: Vec<f64>,
}

pub(crate) fn load() -> Wines {
    let data = linfa_datasets::winequality();
    let (n, columns) = data.records.dim();
    let mut features = vec![0.0; n * columns];
    for (j, column) in data.records.columns().into_iter().enumerate() {
        let mean = column.sum() / n as f64;
        let deviation = (column.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n as f64).sqrt();
        for (i, x) in column.iter().enumerate() {
            features[i * columns + j] = (x - mean) / deviation;
        }
    }
    let names = data.feature_names().iter().map(ToString::to_string).collect();
    let labels = data.targets.iter().map(|points| f64::from(u8::from(*points >= 6))).collect();
    Wines { names, features, labels }
}
