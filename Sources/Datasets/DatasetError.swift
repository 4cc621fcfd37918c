import Files
import Foundation
import HDF5
import VectorCore
import YAML

/// Why a dataset cannot be measured on; every description is one line with the remedy.
public enum DatasetError: Error, Equatable, Sendable {
  /// The file could not be read, or has no such dataset in it.
  case file(HDF5Error)
  /// The operating system refuses a file of another format; `reason` is its own text.
  case cannotRead(path: String, reason: String)
  /// The bytes of a file are not the table that its name promises.
  case table(path: String, TableFault)
  /// The file's name does not say its format.
  case unknownFormat(path: String)
  /// A dataset of several tables where a single table is needed.
  case datasetAsTable(path: String, part: String)
  /// The name of a file to write does not say a format that is written.
  case unknownTarget(path: String)
  /// A dataset file `.yml` is not as it should be.
  case malformed(YAMLError)
  /// `part` as Float32 is more than the machine's memory.
  case tooLarge(path: String, part: String, rows: Int, columns: Int)
  /// The file is not the one that was looked at before.
  case changed(path: String)
  /// None of the first so many queries has a true neighbour.
  case nothingToJudge(path: String, queries: Int)
  /// More queries are to be drawn from a table than leave anything to index.
  case tooManyQueries(path: String, queries: Int, rows: Int)
  /// There are vectors but no neighbours to judge by.
  case noGroundTruth(path: String)
  /// `part` should hold row numbers.
  case notIntegers(path: String, part: String, type: String)
  /// What is stated for a query is no truth; `explanation` is what seems to have gone wrong.
  case neighbors(path: String, query: Int, NeighborFault, explanation: TruthExplanation? = nil)
  /// Neither the file's attribute nor its name says how distances are defined.
  case unknownMetric(path: String)
  /// A distance this project does not compute.
  case unsupportedMetric(path: String, distance: String)
  /// Sets of integers instead of vectors.
  case sparse(path: String)
  /// `part` is not rows × columns.
  case wrongRank(path: String, part: String, shape: [Int])
  /// `part` has no rows or no columns.
  case empty(path: String, part: String)
  /// `part` has another number of columns than `train`.
  case widthMismatch(path: String, train: Int, part: String, columns: Int)
  /// There is not one row of metadata for each row of `train`.
  case metadataMismatch(path: String, rows: Int, train: Int)
  /// The name of a file of metadata does not say its format.
  case unknownMetadata(path: String)
  /// Sparse vectors, which no index here searches.
  case sparseVectors(path: String, rows: Int, columns: Int, elements: Int)
  /// Apache's library, which reads Parquet and Arrow, is not there; `interpreter` is the Python that lacks it.
  case noPyArrow(path: String, interpreter: String?)
  /// A folder has not the files of a layout; `missing` is one of them.
  case incompleteFolder(path: String, layout: String, missing: String)
  /// The file's `dimension` attribute and its rows disagree.
  case dimensionMismatch(path: String, attribute: Int, columns: Int)
  /// `part` has not one row a query.
  case rowCountMismatch(path: String, part: String, rows: Int, queries: Int)
  /// `neighbors` and `distances` store different numbers a query.
  case depthMismatch(path: String, neighbors: Int, distances: Int)
  /// A neighbour that is no row of `train`; `countsFromOne` where all ids are numbers from 1 to that of rows.
  case neighborOutOfRange(
    path: String, query: Int, position: Int, id: Int64, rows: Int, countsFromOne: Bool = false)
  /// A neighbour whose distance is NaN or infinite.
  case distanceNotFinite(path: String, query: Int, position: Int)
  /// NaN or infinity in a vector.
  case notFinite(path: String, part: String, row: Int, column: Int)
  /// An element that the target's type does not hold.
  case inexact(path: String, part: String, row: Int, column: Int, value: String, type: String)
  /// A dataset, of several tables, should become a file of one, or the other way round.
  case tableAndDataset(from: String, to: String)
  /// More rows than the ids of any format that is written can number.
  case tooManyRows(path: String, part: String, rows: Int)
  /// More neighbours are asked for than the file knows.
  case tooManyNeighbors(k: Int, stored: Int)
  case output(OutputError)
  /// Less than one query or neighbour is asked for.
  case notPositive(what: String, value: Int)
}

extension DatasetError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .file(let error):
      "\(error)"
    case .cannotRead(let path, let reason):
      "\(path): \(reason); check the path"
    case .table(let path, let fault):
      "\(path): \(fault)"
    case .unknownFormat(let path):
      "\(path): the name does not say the format of a table; let it end in \(TableFile.endings)"
    case .datasetAsTable(let path, let part):
      "\(path): '\(part)' has to be a single table, and this is a dataset; "
        + (part == "train" ? "give it to --dataset, or " : "") + "name a table that ends in \(TableFile.endings)"
    case .unknownTarget(let path):
      "\(path): no format that can be written has such a name; let it end in .hdf5, .yml or, for a table, "
        + TableFormats.endings
    case .malformed(let error):
      "\(error)"
    case .tooLarge(let path, let part, let rows, let columns):
      "\(path): '\(part)' of \(rows) × \(columns) needs \(Self.bytes(rows, columns)) bytes of memory as Float32, and this "
        + "machine has \(ProcessInfo.processInfo.physicalMemory); take the first rows with --limit"
    case .changed(let path):
      "\(path): changed since it was read first; let it be while it is measured on, and run again"
    case .nothingToJudge(let path, let queries):
      "\(path): none of its \(queries) queries has a true neighbour to judge by: all are stated as -1, or all queries are "
        + "zero vectors under angular distance; correct the queries or the metric, and compute the truth with "
        + "`\(ProgramName.current) datasets ground-truth`"
    case .tooManyQueries(let path, let queries, let rows):
      "\(path): \(queries) queries can't be drawn from \(rows) rows; at least one row has to be left, so use a smaller "
        + "--test-size (test_size in a .yml), or give the queries by --test"
    case .noGroundTruth(let path):
      "\(path): no true neighbours are stated; compute them with `\(ProgramName.current) datasets ground-truth \(path) --out FILE`"
    case .notIntegers(let path, let part, let type):
      "\(path): '\(part)' holds \(type); row numbers have to be integers"
    case .neighbors(let path, let query, let fault, let explanation):
      "\(path): 'neighbors' of query \(query): \(fault)\(explanation.map { " (\($0))" } ?? ""); correct the metric, or "
        + "compute the truth again with `\(ProgramName.current) datasets ground-truth`"
    case .unknownMetric(let path):
      "\(path): nothing says how distances are defined; let its name end in a metric (NAME-DIMENSION-METRIC), or name "
        + "its files in a .yml with distance: METRIC, one of \(MetricSpelling.names)"
    case .unsupportedMetric(let path, let distance):
      "\(path): distance '\(distance)' is not supported; supported are \(MetricSpelling.names)"
    case .sparse(let path):
      "\(path): sparse sets (size_train, size_test, jaccard) are not supported; use a dataset of dense vectors"
    case .wrongRank(let path, let part, let shape):
      "\(path): '\(part)' has shape \(shape), but rows × columns are needed"
    case .empty(let path, let part):
      "\(path): '\(part)' is empty; it needs at least one row and one column"
    case .widthMismatch(let path, let train, let part, let columns):
      "\(path): 'train' has \(train) columns and '\(part)' \(columns); both need the same"
    case .metadataMismatch(let path, let rows, let train):
      "\(path): there are metadata for \(rows) rows, and 'train' has \(train); one for each is needed"
    case .unknownMetadata(let path):
      "\(path): the name does not say the format of metadata; let it end in .parquet, .arrow, .jsonl or .spmat"
    case .sparseVectors(let path, let rows, let columns, let elements):
      "\(path): sparse vectors (\(rows) × \(columns), \(elements) stored) cannot be searched; use a dataset of dense vectors, "
        + "or name the file as metadata: in a .yml"
    case .noPyArrow(let path, let interpreter):
      "\(path): Parquet and Arrow files are read by pyarrow, "
        + (interpreter.map { "which the Python \($0) does not have; install it there (pip install pyarrow)" }
          ?? "which is not installed; install it with `make deps`")
        + ", or name a Python that has it in RECALLBENCH_PYTHON"
    case .incompleteFolder(let path, let layout, let missing):
      "\(path): looks like a dataset of \(layout), but has no \(missing); fetch the rest of it"
    case .dimensionMismatch(let path, let attribute, let columns):
      "\(path): attribute 'dimension' is \(attribute), but rows have \(columns) columns; correct the attribute"
    case .rowCountMismatch(let path, let part, let rows, let queries):
      "\(path): '\(part)' has \(rows) rows for \(queries) queries in 'test'; it needs one a query"
    case .depthMismatch(let path, let neighbors, let distances):
      "\(path): 'neighbors' has \(neighbors) columns and 'distances' \(distances); both need the same"
    case .neighborOutOfRange(let path, let query, let position, let id, let rows, let countsFromOne):
      "\(path): 'neighbors' row \(query), column \(position) is \(id); ids are 0…\(rows - 1), or -1 for none"
        + (countsFromOne ? "; they seem to count from 1, subtract 1 from each" : "")
    case .distanceNotFinite(let path, let query, let position):
      "\(path): 'distances' row \(query), column \(position) is not a finite number; compute the ground truth again"
    case .notFinite(let path, let part, let row, let column):
      "\(path): '\(part)' row \(row), column \(column) is not a finite number; remove or repair that row"
    case .inexact(let path, let part, let row, let column, let value, let type):
      "\(path): '\(part)' row \(row), column \(column) is \(value), which \(type) does not hold exactly; choose a "
        + "format of another type, or round the vectors first"
    case .tableAndDataset(let source, let target):
      "\(source) to \(target): one is a single table and the other a dataset of several; convert a dataset to .hdf5 or "
        + ".yml, and name tables that make a dataset in a .yml file (distance, train, test, neighbors)"
    case .tooManyRows(let path, let part, let rows):
      "\(path): '\(part)' has \(rows) rows; at most \(Int32.max) can be written"
    case .tooManyNeighbors(let k, let stored):
      "k = \(k), but the dataset stores \(stored) neighbours a query; use k ≤ \(stored)"
    case .output(let error):
      "\(error)"
    case .notPositive(let what, let value):
      "\(what) is \(value); at least 1 is needed"
    }
  }

  /// What a matrix takes, as text: more than an integer counts, for some damaged files.
  private static func bytes(_ rows: Int, _ columns: Int) -> String {
    let (count, overflow) = rows.multipliedReportingOverflow(by: columns)
    let (bytes, bytesOverflow) = count.multipliedReportingOverflow(by: 4)
    return overflow || bytesOverflow ? "more than \(Int.max)" : "\(bytes)"
  }
}
