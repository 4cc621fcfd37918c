/// How values lie around their middle.
enum Dispersion {
  /// The median as numpy has it: of an even number the mean of the middle two.
  ///
  /// - Parameter values: at least one.
  static func median(_ values: [Double]) -> Double { percentile(50, ofSorted: values.sorted()) }

  /// The median absolute deviation from the median, not scaled to a standard deviation.
  static func medianAbsoluteDeviation(_ values: [Double]) -> Double {
    let middle = median(values)
    return median(values.map { abs($0 - middle) })
  }

  static func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

  /// The sample variance, n − 1 in the denominator; 0 for fewer than two.
  static func variance(_ values: [Double]) -> Double {
    guard values.count > 1 else { return 0 }
    let mean = mean(values)
    return values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)
  }
}
