import Datasets
import Files
import Foundation

/// A folder on a file system that all nodes of a cluster share: the orders of a run, and what the jobs bring back.
///
/// `work.json` describes the whole, `orders/N.json` is the order N, and `results/N` its result. `events` has a file for
/// each attempt, `refused` one for each refusal, and `logs` what the jobs print. Every file is written to a draft,
/// flushed and renamed, so that no reader ever finds a part of one.
public struct WorkFolder: Sendable {
  /// The version of everything in such a folder.
  static let version = 1

  public let path: String

  public init(_ path: String) { self.path = path }

  /// The description of the whole work.
  struct Description: Codable, Sendable, Equatable {
    var version = WorkFolder.version
    /// A random name, which the names of the jobs contain.
    var name: String
    /// The number of the run in the ledger.
    var run: Int
    /// The SHA-256 of the program that may do the work.
    var programSHA256: String
    /// The class of the nodes; `nil` while the first node is looked at.
    var machineClass: MachineClass?
    /// The folder of the ledger; `nil` for a search for true neighbours.
    var results: String?
    /// When that run began, by which it is known in a ledger that was moved.
    var started: Date?
    /// The folder for temporary files on each node; `nil` for the node's own choice.
    var scratch: String?
  }

  /// One order: a build with its cells, or several builds whose rounds are interleaved.
  struct Order: Codable, Sendable {
    var number: Int
    var builds: [WorkOrder]
    /// The files with computed true neighbours, relative to the work folder, and their SHA-256.
    var truth: [String: String] = [:]
    /// The search for true neighbours among some rows, of an order without builds.
    var shard: TruthShard?
    /// The other program of a pair, whose builds are first that of the base, then that of the head.
    var pair: Pair?

    /// The keys of all cells.
    var keys: [CellKey] { builds.flatMap { $0.cells.map(\.key) } }
  }

  /// The base program of an order that two programs carry out in interleaved rounds.
  struct Pair: Codable, Sendable {
    var base: ShippedProgram
    /// The side that builds first and begins the odd rounds.
    var first: WorkSide
  }

  func descriptionFile() -> String { "\(path)/work.json" }
  func orderFile(_ number: Int) -> String { "\(path)/orders/\(number).json" }
  func result(_ number: Int) -> String { "\(path)/results/\(number)" }
  var batchScript: String { "\(path)/batch.sh" }
  /// The file with the description of the first node.
  var machineFile: String { "\(path)/machine.json" }

  /// Creates the folders.
  func create() throws(ClusterError) {
    for name in ["orders", "results", "refused", "events", "logs"] {
      try Self.output { () throws(OutputError) in _ = try OutputFolder(creating: "\(path)/\(name)") }
    }
  }

  /// Whether the folder has a description.
  var exists: Bool { access(descriptionFile(), F_OK) == 0 }

  /// - Parameter isLate: whether another machine may have written the file just now.
  func description(isLate: Bool = false) throws(ClusterError) -> Description {
    let description: Description = try isLate ? Self.readLate(descriptionFile()) : Self.read(descriptionFile())
    guard description.version == Self.version else {
      throw .otherVersion(path: descriptionFile(), version: description.version, known: Self.version)
    }
    return description
  }

  /// - Parameter isLate: whether another machine may have written the file just now.
  func order(_ number: Int, isLate: Bool = false) throws(ClusterError) -> Order {
    try isLate ? Self.readLate(orderFile(number)) : Self.read(orderFile(number))
  }

  /// The numbers of all orders.
  func orders() -> [Int] {
    Self.names(in: "\(path)/orders").compactMap { $0.hasSuffix(".json") ? Int($0.dropLast(5)) : nil }.sorted()
  }

  /// Whether an order has a result. The folder is listed, because network file systems remember what was missing.
  func published() -> Set<Int> { Set(Self.names(in: "\(path)/results").compactMap(Int.init)) }

  // MARK: - Files

  static func names(in folder: String) -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: folder).sorted()) ?? []
  }

  /// - Throws: `ClusterError.noWork`, `.damaged`.
  static func read<Value: Decodable>(_ path: String) throws(ClusterError) -> Value {
    guard let bytes = FileManager.default.contents(atPath: path) else { throw .noWork(path: path) }
    do { return try LedgerJSON.value(String(decoding: bytes, as: UTF8.self)) } catch {
      throw .damaged(path: path, problem: "not the JSON that this program writes")
    }
  }

  /// Reads a file that another machine may have written just now, which a network file system shows late.
  ///
  /// - Parameter patience: how long to wait for the file; `nil` for the time that its file system may need.
  /// - Throws: `ClusterError.noWork`, `.damaged`.
  static func readLate<Value: Decodable>(_ path: String, patience: Duration? = nil) throws(ClusterError) -> Value {
    var deadline: ContinuousClock.Instant?
    while true {
      do throws(ClusterError) { return try read(path) } catch {
        guard case .noWork = error else { throw error }
        let now = ContinuousClock.now
        let end = deadline ?? now + (patience ?? Patience.late(in: (path as NSString).deletingLastPathComponent))
        guard now < end else { throw error }
        deadline = end
        usleep(500_000)
      }
    }
  }

  static func write(_ value: some Encodable, to path: String) throws(ClusterError) {
    try output { () throws(OutputError) in try OutputFile(path).write(LedgerJSON.text(value) + "\n") }
  }

  static func output<Result>(_ body: () throws(OutputError) -> Result) throws(ClusterError) -> Result {
    do throws(OutputError) { return try body() } catch { throw .output(error) }
  }
}
