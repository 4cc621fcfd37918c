import Foundation
import VectorIndexes

/// A value that the ledger stores as JSON, with a check, since a value that can be decoded may still be impossible.
protocol LedgerContent: Decodable {
  /// - Throws: `LedgerFault` for the first value outside its range.
  func check() throws(LedgerFault)
}

/// An impossible value in the ledger's JSON.
struct LedgerFault: Error {
  /// The path of the value: `speed.p50Milliseconds`; empty for the whole document.
  let field: String
  let value: String
  let expected: String

  init(field: String, value: String, expected: String) {
    self.field = field
    self.value = value
    self.expected = expected
  }

  /// The fault that a decoder reported; `nil` for any other error.
  init?(_ error: any Error) {
    guard let error = error as? DecodingError else { return nil }
    func field(_ context: DecodingError.Context, _ last: (any CodingKey)? = nil) -> String {
      (context.codingPath + [last].compactMap { $0 }).map(\.stringValue).joined(separator: ".")
    }
    switch error {
    case .keyNotFound(let key, let context):
      self.init(field: field(context, key), value: "not there", expected: "a value")
    case .valueNotFound(let type, let context):
      self.init(field: field(context), value: "null", expected: "\(type)")
    case .typeMismatch(let type, let context):
      self.init(field: field(context), value: "of another type", expected: "\(type)")
    case .dataCorrupted(let context):
      self.init(field: field(context), value: "not readable", expected: "JSON as this program writes it")
    @unknown default: return nil
    }
  }
}

/// The valid ranges of stored values.
enum LedgerLimits {
  /// Seconds since 1970, up to the year 9999.
  static let seconds: ClosedRange<Double> = 0...253_402_300_799
  /// The range of integers that are counts or enter computations.
  static let count = 0...Int(Int32.max)
  /// The range of all figures that cannot be negative.
  static let figure: ClosedRange<Double> = 0...1e300
  static let anyFigure: ClosedRange<Double> = -1e300...1e300
  /// The greatest length in bytes of a name that becomes part of a file's name.
  static let nameBytes = 255

  static func check(_ field: String, _ value: Int, _ range: ClosedRange<Int>) throws(LedgerFault) {
    guard range.contains(value) else {
      throw LedgerFault(
        field: field, value: "\(value)", expected: "an integer, \(range.lowerBound)…\(range.upperBound)")
    }
  }

  /// - Parameter allowsNaN: whether NaN is valid, which stands for a figure of which nothing was judged.
  static func check(
    _ field: String, _ value: Double, _ range: ClosedRange<Double> = figure, allowsNaN: Bool = false
  ) throws(LedgerFault) {
    guard range.contains(value) || (allowsNaN && value.isNaN) else {
      throw LedgerFault(
        field: field, value: "\(value)", expected: "a number, \(range.lowerBound)…\(range.upperBound)")
    }
  }

  static func check(_ field: String, _ date: Date) throws(LedgerFault) {
    guard seconds.contains(date.timeIntervalSince1970) else {
      throw LedgerFault(
        field: field, value: "\(date.timeIntervalSince1970) s", expected: "a date of the years 1970…9999")
    }
  }

  /// Checks a name from which paths are made.
  static func check(name: String, _ field: String) throws(LedgerFault) {
    guard !name.isEmpty, name.utf8.count <= nameBytes, !name.contains("/"), !name.utf8.contains(0),
      ![".", ".."].contains(name)
    else { throw LedgerFault(field: field, value: name, expected: "a name of at most \(nameBytes) bytes, without '/'") }
  }

  static func check(_ field: String, _ parameters: Parameters) throws(LedgerFault) {
    for entry in parameters.entries {
      if case .real(let value) = entry.value { try check("\(field).\(entry.name)", value, anyFigure) }
    }
  }
}

extension CellRecord {
  /// Reads a row of the table `cell`.
  ///
  /// - Throws: `LedgerError.damaged`.
  init(_ row: LedgerRow) throws(LedgerError) {
    let status: CellStatus = try row.choice("status")
    let planned: PlannedCell = try row.content("planned_json")
    let dataset: SweepDataset = try row.content("dataset_json")
    let variant = try row.text("variant", atMost: LedgerLimits.nameBytes)
    let error = try row.text("error", atMost: 1 << 20)
    var outcome = Outcome.ended(status, error: error)
    if status == .ok {
      let measurement: CellMeasurement = try row.content("measurement_json")
      guard measurement.cell == planned.cell, measurement.options == planned.options,
        measurement.dataset.isStored(of: dataset.shape, at: planned.options.stage),
        measurement.datasetSHA256 == dataset.sha256, measurement.variant == variant
      else {
        throw row.fault(
          "measurement_json", expected: "a measurement of the cell in planned_json, dataset_json and variant")
      }
      outcome = .measured(measurement, rawFile: try row.rawFile("raw_file", isKept: planned.options.keepsRawResults))
    }
    let keys = try row.keys("key")
    guard keys.count == 1 else { throw row.fault("key", expected: "one key") }
    self.init(
      key: keys[0], dataset: dataset, variant: variant, planned: planned, outcome: outcome,
      finished: try row.date("finished"), limits: try row.content("limits_json"))
  }
}

extension Limits: LedgerContent {
  func check() throws(LedgerFault) {
    if let seconds { try LedgerLimits.check("seconds", seconds) }
    if let memoryBytes { try LedgerLimits.check("memoryBytes", memoryBytes, 0...Int.max) }
  }
}

extension RunOptions {
  func check(_ field: String) throws(LedgerFault) {
    try LedgerLimits.check("\(field).k", k, 1...LedgerLimits.count.upperBound)
    try LedgerLimits.check("\(field).rounds", rounds, 1...LedgerLimits.count.upperBound)
    try LedgerLimits.check("\(field).threads", threads, 1...LedgerLimits.count.upperBound)
    try LedgerLimits.check("\(field).buildThreads", buildThreads, 1...LedgerLimits.count.upperBound)
    try stage?.check("\(field).stage")
  }
}

extension DatasetShape {
  /// - Parameter isMeasured: whether the dataset must have vectors; the shape of a dataset that could not be read is
  ///   unknown.
  func check(_ field: String, isMeasured: Bool) throws(LedgerFault) {
    let sizes = (isMeasured ? 1 : 0)...LedgerLimits.count.upperBound
    try LedgerLimits.check(name: name, "\(field).name")
    try LedgerLimits.check("\(field).trainSize", trainSize, sizes)
    try LedgerLimits.check("\(field).dimension", dimension, sizes)
    try LedgerLimits.check("\(field).queries", queries, sizes)
  }

  /// Whether this is the shape of the whole dataset or, at a stage of a workload, of the part that can be stored by
  /// then.
  fileprivate func isStored(of whole: Self, at stage: WorkloadStage?) -> Bool {
    guard stage != nil else { return self == whole }
    var filled = self
    filled.trainSize = whole.trainSize
    return filled == whole && trainSize <= whole.trainSize
  }
}

extension PlannedCell: LedgerContent {
  func check() throws(LedgerFault) {
    try options.check("options")
    try LedgerLimits.check("cell.build", cell.build)
    try LedgerLimits.check("cell.search", cell.search)
  }
}

extension SweepDataset: LedgerContent {
  func check() throws(LedgerFault) {
    try shape.check("shape", isMeasured: fault == nil)
    guard let computed else { return }
    if let rows = computed.rows { try LedgerLimits.check("limit.rows", rows, 1...LedgerLimits.count.upperBound) }
    try LedgerLimits.check("limit.depth", computed.depth, 1...LedgerLimits.count.upperBound)
  }
}

extension Machine: LedgerContent {
  func check() throws(LedgerFault) {
    try LedgerLimits.check("processors", processors, LedgerLimits.count)
    for (name, bytes) in [
      ("memoryBytes", memoryBytes), ("availableBytes", availableBytes), ("swapUsedBytes", swapUsedBytes),
    ] { try LedgerLimits.check(name, bytes, 0...Int.max) }
    for value in load { try LedgerLimits.check("load", value) }
  }
}

extension CellMeasurement: LedgerContent {
  func check() throws(LedgerFault) {
    try options.check("options")
    try dataset.check("dataset", isMeasured: true)
    try LedgerLimits.check("cell.build", cell.build)
    try LedgerLimits.check("cell.search", cell.search)
    try LedgerLimits.check("timestamp", timestamp)
    if let session { try LedgerLimits.check(name: session, "session") }
    try checkCosts()
    try checkSpeed()
    try checkQuality()
    try workload?.check("workload")
    guard !rounds.isEmpty || !isSearched else {
      throw LedgerFault(field: "rounds", value: "[]", expected: "at least one round")
    }
    for (place, round) in rounds.enumerated() { try round.check("rounds.\(place)") }
    for warning in noise { try warning.check("noise") }
    try LedgerLimits.check("origin.callOverheadNanoseconds", origin?.callOverheadNanoseconds ?? 0)
  }

  private func checkCosts() throws(LedgerFault) {
    try LedgerLimits.check("build.trainSeconds", build.trainSeconds)
    try LedgerLimits.check("build.insertSeconds", build.insertSeconds)
    try LedgerLimits.check("build.indexBytes", build.indexBytes, 0...Int.max)
    try LedgerLimits.check("build.trainedLists", build.trainedLists ?? 1, 1...Int.max)
    if let file = build.file {
      try LedgerLimits.check("build.file.bytes", file.bytes, 0...Int.max)
      try LedgerLimits.check("build.file.commitSeconds", file.commitSeconds)
      try LedgerLimits.check("build.file.openSeconds", file.openSeconds)
      try LedgerLimits.check("build.file.firstQuerySeconds", file.firstQuerySeconds)
    }
    if let peakBytes { try LedgerLimits.check("peakBytes", peakBytes, 0...Int.max) }
    try LedgerLimits.check("warmUp.queries", warmUp.queries, 0...Int.max)
    try LedgerLimits.check("warmUp.seconds", warmUp.seconds)
  }

  private func checkSpeed() throws(LedgerFault) {
    for (name, value) in [
      ("queriesPerSecond", speed.queriesPerSecond), ("slowestQueriesPerSecond", speed.slowestQueriesPerSecond),
      ("fastestQueriesPerSecond", speed.fastestQueriesPerSecond), ("p50Milliseconds", speed.p50Milliseconds),
      ("p95Milliseconds", speed.p95Milliseconds), ("p99Milliseconds", speed.p99Milliseconds),
      ("p999Milliseconds", speed.p999Milliseconds), ("distanceComputations", speed.distanceComputations),
      ("candidates", speed.candidates),
    ] { try LedgerLimits.check("speed.\(name)", value, allowsNaN: !isSearched) }
    for (name, interval) in [
      ("queriesPerSecond", uncertainty.queriesPerSecond), ("p99Milliseconds", uncertainty.p99Milliseconds),
    ] {
      try LedgerLimits.check("uncertainty.\(name).low", interval.low, allowsNaN: !isSearched)
      try LedgerLimits.check("uncertainty.\(name).high", interval.high, allowsNaN: !isSearched)
    }
    try LedgerLimits.check("uncertainty.speedDeviation", uncertainty.speedDeviation, allowsNaN: !isSearched)
    try LedgerLimits.check("uncertainty.unstableQueries", uncertainty.unstableQueries, LedgerLimits.count)
  }

  /// Checks the fractions, which are NaN when no query was judged. Relative errors may have any value.
  private func checkQuality() throws(LedgerFault) {
    for (name, value) in [
      ("quality.recall", quality.recall), ("quality.recallP5", quality.recallP5),
      ("quality.recallMinimum", quality.recallMinimum), ("quality.recallByIDs", quality.recallByIDs),
      ("quality.epsilon", quality.epsilon), ("quality.largeEpsilon", quality.largeEpsilon),
      ("uncertainty.recall.low", uncertainty.recall.low), ("uncertainty.recall.high", uncertainty.recall.high),
    ] { try LedgerLimits.check(name, value, 0...1.000_001, allowsNaN: true) }
    if let quarters = quality.recallByDifficulty {
      try LedgerLimits.check("quality.recallByDifficulty", quarters.count, 4...4)
      for share in quarters { try LedgerLimits.check("quality.recallByDifficulty", share, 0...1.000_001) }
    }
    try LedgerLimits.check("quality.duplicates", quality.duplicates, 0...Int.max)
    try LedgerLimits.check("quality.outOfRange", quality.outOfRange, 0...Int.max)
  }
}

extension RoundFigures {
  fileprivate func check(_ field: String) throws(LedgerFault) {
    try LedgerLimits.check("\(field).queriesPerSecond", queriesPerSecond)
    try LedgerLimits.check("\(field).p99Milliseconds", p99Milliseconds)
    try LedgerLimits.check("\(field).seconds", seconds)
    for (name, value) in [
      ("seconds", activity.seconds), ("stolenSeconds", activity.stolenSeconds),
      ("busySeconds", activity.busySeconds), ("ownSeconds", activity.ownSeconds),
      ("megahertz", activity.megahertz ?? 0),
    ] { try LedgerLimits.check("\(field).activity.\(name)", value, LedgerLimits.anyFigure) }
  }
}

extension NoiseWarning {
  fileprivate func check(_ field: String) throws(LedgerFault) {
    switch self {
    case .steal(let share): try LedgerLimits.check("\(field).steal", share, LedgerLimits.anyFigure)
    case .otherPrograms(let processors): try LedgerLimits.check("\(field).otherPrograms", processors)
    case .frequency(let low, let high):
      try LedgerLimits.check("\(field).frequency.low", low)
      try LedgerLimits.check("\(field).frequency.high", high)
    case .differing(let low, let high):
      try LedgerLimits.check("\(field).differing.low", low)
      try LedgerLimits.check("\(field).differing.high", high)
    case .ownThreads(let processors, _): try LedgerLimits.check("\(field).ownThreads", processors)
    case .referenceChanged(let share), .unusualNode(_, let share):
      try LedgerLimits.check("\(field).share", share, LedgerLimits.anyFigure)
    case .outliers, .slowFirstRound: break
    }
  }
}
