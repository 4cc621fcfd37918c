import Bench
import Files
import Foundation

/// The table of `results.csv` as Apache Parquet, whose columns have types; a missing value is null.
///
/// The file is written by pyarrow in a process of its own, which also reads Parquet for datasets.
struct ParquetExporter: Exporter {
  let format = "parquet"
  let fileEnding = "parquet"
  let meaning = "the table of results.csv as Parquet, with typed columns"
  let needsPlace = true
  private let interpreter: String?

  /// - Parameter interpreter: the path of a Python that has pyarrow.
  init(interpreter: String? = PrivatePython.givenInterpreter ?? PrivatePython.current.interpreter) {
    self.interpreter = interpreter
  }

  private struct Table: Encodable {
    let columns: [Column]
  }

  private struct Column: Encodable {
    let name: String
    let type: Figure.ValueKind
    let values: [Value]
  }

  /// A value; `null` when the cell does not have the figure.
  private struct Value: Encodable {
    let value: FigureValue

    func encode(to encoder: any Encoder) throws {
      switch value {
      case .absent(writtenAs: nil): try Self.encodeNil(to: encoder)
      case .number(let number) where number.isNaN: try Self.encodeNil(to: encoder)
      default: try value.encode(to: encoder)
      }
    }

    private static func encodeNil(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      try container.encodeNil()
    }
  }

  /// - Throws: `ReportError.noPyArrow`, `.parquet`.
  func export(_ results: SweepResults) throws(ReportError) -> Exported {
    let measurements = results.records.compactMap(\.measurement).comparingBuilds()
    let table = Table(
      columns: Figure.all.map { figure in
        Column(
          name: figure.column, type: figure.values,
          values: measurements.map { Value(value: figure.value(of: $0)) })
      })
    let encoder = JSONEncoder()
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    guard let json = try? encoder.encode(table) else { preconditionFailure("texts and numbers encode") }
    guard let interpreter else { throw .noPyArrow(interpreter: nil) }
    let script = String(decoding: PackageResources.parquet_py, as: UTF8.self)
    guard let ended = PythonScript(interpreter, script).run(input: json), ended.code != 3 else {
      throw .noPyArrow(interpreter: interpreter)
    }
    guard ended.code == 0, !ended.output.isEmpty else { throw .parquet("pyarrow ended with code \(ended.code)") }
    return .bytes(ended.output)
  }
}
