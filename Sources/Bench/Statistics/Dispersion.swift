/// Measures of the location and the spread of values, as numpy defines them; Foundation has none.
enum Dispersion {
  /// The median as numpy defines it: the mean of the middle two of an even number of values.
  ///
  /// - Parameter values: at least one value.
  static func median(_ values: [Double]) -> Double { percentile(50, ofSorted: values.sorted()) }

  /// The median absolute deviation from the median, not scaled to a standard deviation.
  static func medianAbsoluteDeviation(_ values: [Double]) -> Double {
    let middle = median(values)
    return median(values.map { abs($0 - middle) })
  }

  static func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

  /// The sample variance, with n − 1 in the denominator; 0 for fewer than two values.
  static func variance(_ values: [Double]) -> Double {
    guard values.count > 1 else { return 0 }
    let mean = mean(values)
    return values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)
  }
}
