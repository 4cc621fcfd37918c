/// The build parameters of a kind of index, typed.
public protocol IndexConfiguration: ParameterSet {
  /// Refuses what no index of this dimension and metric can have.
  ///
  /// - Throws: `IndexError.invalidParameter`, or `.unsupportedMetric`.
  func validate(dimension: Int, metric: Metric) throws(IndexError)
}
