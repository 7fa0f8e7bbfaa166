//! true_peak
