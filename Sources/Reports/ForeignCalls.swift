import Bench

/// Remarks on indexes that are called in another way than the program's own.
enum ForeignCalls {
  /// The mark after the name of an index in the terminal's table.
  static func mark(_ measurement: CellMeasurement) -> String {
    measurement.origin?.interface == .python ? " *" : ""
  }

  /// One sentence for each index of another library, in the order of the measurements.
  static func remarks(_ measurements: some Sequence<CellMeasurement>) -> [String] {
    var overheads: [String: (origin: SubjectOrigin, nanoseconds: [Double])] = [:]
    var order: [String] = []
    for measurement in measurements {
      guard let origin = measurement.origin else { continue }
      if overheads[measurement.variant] == nil { order.append(measurement.variant) }
      overheads[measurement.variant, default: (origin, [])].nanoseconds += [origin.callOverheadNanoseconds]
        .compactMap { $0 }
    }
    return order.compactMap { variant in
      overheads[variant].map { sentence(variant, $0.origin, overhead: $0.nanoseconds.max()) }
    }
  }

  private static func sentence(_ variant: String, _ origin: SubjectOrigin, overhead: Double?) -> String {
    let library = origin.library.isEmpty ? "" : " (\(origin.library))"
    switch origin.interface {
    case .swift: return "\(variant)\(library) is called in this program"
    case .plugin: return "\(variant)\(library) is called as a plug-in in the measuring process"
    case .python:
      let cost = overhead.map { ", where an empty call takes \(NumberText.significant($0)) ns" } ?? ""
      return "\(variant)\(library) is called from Python\(cost): that time is in each single query"
    }
  }
}
