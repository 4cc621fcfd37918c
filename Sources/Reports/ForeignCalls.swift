import Bench

/// Remarks on indexes that are called in another way than the program's own.
enum ForeignCalls {
  /// The mark after the name of an index in the terminal's table.
  static func mark(_ measurement: CellMeasurement) -> String {
    measurement.origin?.interface == .python ? " *" : ""
  }

  /// One sentence for each index of another library, in the order of the measurements.
  static func remarks(_ measurements: [CellMeasurement]) -> [String] {
    measurements.grouped(by: \.variant).compactMap { variant, measurements in
      measurements[0].origin.flatMap { origin in
        sentence(variant, origin, overhead: measurements.compactMap(\.origin?.callOverheadNanoseconds).max())
      }
    }
  }

  private static func sentence(_ variant: String, _ origin: SubjectOrigin, overhead: Double?) -> String? {
    let library = origin.library.isEmpty ? "" : " (\(origin.library))"
    switch origin.interface {
    case .swift: return nil
    case .plugin: return "\(variant)\(library) is called as a plug-in in the measuring process"
    case .python:
      let cost = overhead.map { ", where an empty call takes \(NumberText.significant($0)) ns" } ?? ""
      return "\(variant)\(library) is called from Python\(cost): that time is in each single query"
    }
  }
}
