import Foundation
import Synchronization
import VectorCore
import VectorIndexes

/// An index in a Python process, which measures its own searches and changes.
///
/// Vectors that are inserted at once under their row numbers are built as a whole; other insertions and removals need a
/// library whose adapter has them.
final class PythonIndex: BatchRemovingIndex, SelfTimingIndex {
  let declaration: IndexDeclaration
  let dimension: Int
  let metric: Metric
  let origin: SubjectOrigin
  private let state: Mutex<State>
  private let kind: PythonKind
  private let driverIdentifier: Int32

  /// The state of the process, which one search at a time uses.
  private struct State: ~Copyable {
    let driver: PythonDriver
    let vectors: SharedMemory
    let queries: SharedMemory
    let answers: SharedMemory
    /// The stored ids.
    var ids: Set<UInt64> = []
    var buildSeconds: Double?
    /// The memory in bytes that the module or the library reports.
    var ownBytes: Int?
    /// Whether other processes hold the index.
    var hasServer = false
    /// The filters that are set at present.
    var filters: QueryFilters?
    let accepted: SharedMemory
    /// The search parameters and threads that are set at present.
    var setting: Setting?

    /// Notes what Python says about a change of the index.
    mutating func note(_ reply: [String: Any]) {
      if let seconds = reply["seconds"] as? Double { buildSeconds = (buildSeconds ?? 0) + seconds }
      ownBytes = reply["bytes"] as? Int
      // A new graph has the library's own search parameters.
      setting = nil
    }
  }

  private struct Setting: Equatable {
    let parameters: Parameters
    let threads: Int
    let k: Int
  }

  /// Starts Python and creates an empty index there.
  init(
    _ kind: PythonKind, as declaration: IndexDeclaration, dimension: Int, metric: Metric, parameters: Parameters,
    seed: UInt64, threads: Int
  ) throws(IndexError) {
    try declaration.check(dimension: dimension, metric: metric)
    self.kind = kind
    self.declaration = declaration
    self.dimension = dimension
    self.metric = metric
    do throws(PythonError) {
      guard let vectors = SharedMemory(), let queries = SharedMemory(), let answers = SharedMemory(),
        let accepted = SharedMemory()
      else {
        throw PythonError.noSharedMemory(bytes: 0, reason: String(cString: strerror(errno)))
      }
      let driver = try PythonDriver(interpreter: kind.interpreter, threads: threads)
      var request: [String: Any] = ["do": "open", "threads": threads]
      switch kind.interface {
      case .adapter(let library, let name):
        request["peer"] = library
        request["modules"] = PeerFiles.modules(for: library).map { [$0.name, $0.source] }
        request["kind"] = name
        request["metric"] = metric.rawValue
        request["dimension"] = dimension
        request["seed"] = Int(truncatingIfNeeded: seed & 0x7FFF_FFFF)
        request["build"] = parameters.json
      case .module(let folder, let constructor, let build, _):
        request["module"] = folder
        request["constructor"] = constructor
        request["arguments"] = build.compactMap { $0.json(parameters, metric: metric, dimension: dimension, k: nil) }
      }
      let reply = try driver.ask("its constructor", request)
      origin = SubjectOrigin(
        interface: .python, library: reply["version"] as? String ?? "",
        code: ForeignCode.python(kind).identity,
        details: (reply["details"] as? [String: Any] ?? [:]).mapValues { "\($0)" }
          .merging(["python": reply["python"] as? String ?? ""]) { $1 })
      driverIdentifier = driver.processIdentifier
      state = Mutex(State(driver: driver, vectors: vectors, queries: queries, answers: answers, accepted: accepted))
    } catch {
      throw .own(error)
    }
  }

  var processIdentifier: Int32? { state.withLock { $0.hasServer } ? nil : driverIdentifier }
  var buildSeconds: Double? { state.withLock { $0.buildSeconds } }
  var count: Int { state.withLock { $0.ids.count } }

  var statistics: IndexStatistics {
    state.withLock { IndexStatistics(kind: declaration.kind, count: $0.ids.count, memoryBytes: $0.ownBytes ?? 0) }
  }

  // MARK: - Building

  @discardableResult
  func insertBatch(
    ids: [UInt64], vectors: Matrix, metadata: [Metadata], onConflict: ConflictRule, threads: Int
  ) throws(IndexError) -> Int {
    try vectors.check(dimension: dimension, threads: threads)
    let rows = vectors
    do throws(PythonError) {
      return try state.withLock { (state) throws(PythonError) in
        let isWhole = state.ids.isEmpty && state.buildSeconds == nil && ids.indices.allSatisfy { ids[$0] == UInt64($0) }
        guard isWhole || takesUpdates else { throw .fitsOnce }
        let known = ids.filter(state.ids.contains)
        if !known.isEmpty {
          guard onConflict == .replace else { throw .stored(id: known[0]) }
          try Self.remove(known, &state)
        }
        try Self.copy(rows, to: state.vectors)
        var request: [String: Any] = ["rows": state.vectors.path, "dimension": rows.columns, "threads": threads]
        request.merge(isWhole ? ["do": "fit", "count": rows.rows] : ["do": "add", "ids": ids]) { $1 }
        let reply = try state.driver.ask(isWhole ? "fit" : "add", request)
        state.note(reply)
        state.hasServer = reply["server"] as? Bool ?? false
        // Python has copied the vectors; keeping them mapped here would count as used memory.
        state.vectors.unmap()
        state.ids.formUnion(ids)
        return ids.count - known.count
      }
    } catch {
      throw .own(error)
    }
  }

  @discardableResult
  func remove(id: UInt64) throws(IndexError) -> Bool {
    let isStored = state.withLock { $0.ids.contains(id) }
    if isStored { try remove(ids: [id]) }
    return isStored
  }

  /// Removes stored vectors.
  func remove(ids: [UInt64]) throws(IndexError) {
    do throws(PythonError) {
      guard takesUpdates else { throw PythonError.noRemoval }
      try state.withLock { (state) throws(PythonError) in try Self.remove(ids, &state) }
    } catch {
      throw .own(error)
    }
  }

  private static func remove(_ ids: [UInt64], _ state: inout State) throws(PythonError) {
    state.note(try state.driver.ask("remove", ["do": "remove", "ids": ids]))
    state.ids.subtract(ids)
  }

  /// Whether the library's adapter takes insertions after the first one, and removals.
  private var takesUpdates: Bool { kind.takesUpdates }

  private static func copy(_ matrix: Matrix, to memory: SharedMemory) throws(PythonError) {
    let bytes = matrix.rows * matrix.columns * MemoryLayout<Float>.stride
    guard memory.resize(to: bytes) else {
      throw .noSharedMemory(bytes: bytes, reason: String(cString: strerror(errno)))
    }
    memory.address?.copyMemory(from: matrix.baseAddress, byteCount: bytes)
  }

  // MARK: - Searching

  func makeScratch() -> SearchScratch { SearchScratch() }

  /// Searches one query in the Python process, to show an answer; measurements use `answer`.
  func search(
    _ query: Span<Float>, k: Int, parameters: SearchParameters, filter: Filter?, scratch: SearchScratch,
    into answer: inout TopK
  ) throws(IndexError) {
    try check(query, k: k, parameters, filter)
    guard filter == nil else { throw .own(PythonError.noFilters) }
    let round = Round(queries: 1, k: k)
    let one = Matrix(rows: 1, columns: dimension) { floats in
      for place in query.indices { floats[place] = query[place] }
    }
    try self.answer(
      one, k: k, parameters: parameters, filters: nil, mode: .single, threads: 1, limit: .max, into: round)
    let found = round.answer(0)
    answer.fill(UnsafeBufferPointer(UnsafeMutableBufferPointer(rebasing: found)), k: k)
  }

  func answer(
    _ queries: Matrix, k: Int, parameters: SearchParameters, filters: QueryFilters?, mode: SearchMode, threads: Int,
    limit: UInt64, into round: Round
  ) throws(IndexError) {
    guard mode == .batch || threads == 1 else { throw .own(PythonError.oneClient(threads: threads)) }
    guard round.queries > 0 else { return }
    do throws(PythonError) {
      try state.withLock { (state) throws(PythonError) in
        let rowBytes = (k + 2) * MemoryLayout<Int64>.stride
        try Self.copy(queries[rows: 0..<round.queries], to: state.queries)
        guard state.answers.resize(to: 0), state.answers.resize(to: round.queries * rowBytes) else {
          throw .noSharedMemory(bytes: round.queries * rowBytes, reason: String(cString: strerror(errno)))
        }
        _ = try state.driver.ask(
          "the queries",
          [
            "do": "queries", "path": state.queries.path, "count": round.queries, "dimension": dimension,
            "answers": state.answers.path, "capacity": k,
          ])
        let setting = Setting(parameters: parameters.values, threads: threads, k: k)
        if state.setting != setting {
          _ = try state.driver.ask("set_query_arguments", settings(setting))
          state.setting = setting
        }
        if state.filters !== filters {
          try Self.set(filters, in: &state)
          state.filters = filters
        }
        let reply = try state.driver.ask(
          mode == .batch ? "batch_query" : "query",
          [
            "do": "round", "count": round.queries, "k": k, "batch": mode == .batch,
            "limit": Int(clamping: limit),
          ])
        guard let answered = reply["answered"] as? Int, let wall = reply["wall"] as? Int,
          let numbers = state.answers.address?.assumingMemoryBound(to: Int64.self)
        else { throw .failed("Python's driver gave no answer to a round") }
        round.wallNanoseconds = UInt64(clamping: wall)
        round.record(computations: reply["computations"] as? Int ?? 0)
        for query in 0..<min(answered, round.queries) {
          let row = numbers + query * (k + 2)
          let ids = UnsafeBufferPointer(start: row + 2, count: Int(min(max(row[0], 0), Int64(k))))
          round.record(ids, of: query, nanoseconds: UInt64(clamping: row[1]))
        }
      }
    } catch {
      throw .own(error)
    }
  }

  /// Sends the rows that the filters accept, and the number of each query's filter.
  private static func set(_ filters: QueryFilters?, in state: inout State) throws(PythonError) {
    let bytes = (filters?.matches.first?.words.count ?? 0) * MemoryLayout<UInt64>.stride
    let count = filters?.filters.count ?? 0
    guard state.accepted.resize(to: count * bytes) else {
      throw .noSharedMemory(bytes: count * bytes, reason: String(cString: strerror(errno)))
    }
    for (place, accepted) in (filters?.matches ?? []).enumerated() {
      accepted.words.withUnsafeBytes { words in
        guard let source = words.baseAddress else { return }
        state.accepted.address?.advanced(by: place * bytes).copyMemory(from: source, byteCount: bytes)
      }
    }
    _ = try state.driver.ask(
      "the filters",
      [
        "do": "filters", "path": state.accepted.path, "count": count, "bytes": bytes,
        "numbers": filters?.numbers ?? [],
      ])
    state.accepted.unmap()
  }

  private func settings(_ setting: Setting) -> [String: Any] {
    switch kind.interface {
    case .adapter: ["do": "set", "search": setting.parameters.json, "threads": setting.threads]
    case .module(_, _, _, let search):
      [
        "do": "set", "threads": setting.threads,
        "arguments": search.compactMap {
          $0.json(setting.parameters, metric: metric, dimension: dimension, k: setting.k)
        },
      ]
    }
  }

  /// The time of an empty call by Python's clock, in nanoseconds.
  func callOverhead(k: Int) throws(IndexError) -> Double? {
    do throws(PythonError) {
      return try state.withLock { (state) throws(PythonError) in
        try state.driver.ask("an empty call", ["do": "overhead", "count": 10_000, "k": k])["nanoseconds"] as? Double
      }
    } catch {
      throw .own(error)
    }
  }
}

extension Parameters {
  /// The parameters as JSON, by name, without those that are left to the library.
  fileprivate var json: [String: Any] {
    var values: [String: Any] = [:]
    for entry in entries where entry.value != .auto { values[entry.name] = entry.value.json }
    return values
  }
}

extension ParameterValue {
  /// The JSON value: a choice that is valid JSON is used as it is, any other choice is a string.
  fileprivate var json: Any {
    switch self {
    case .integer(let value): value
    case .real(let value): value
    case .choice(let text): PythonArgument.value(ofJSON: text) ?? text
    }
  }
}

extension PythonArgument {
  /// The JSON value of the argument; `nil` for a parameter that is left to the library.
  func json(_ parameters: Parameters, metric: Metric, dimension: Int, k: Int?) -> Any? {
    switch self {
    case .fixed(let text): Self.value(ofJSON: text) ?? text
    case .metric: metric.rawValue
    case .dimension: dimension
    case .count: k ?? 0
    case .parameter(let name):
      parameters.entries.first { $0.name == name && $0.value != .auto }?.value.json
    case .list(let arguments):
      arguments.compactMap { $0.json(parameters, metric: metric, dimension: dimension, k: k) }
    case .mapping(let entries):
      Dictionary(
        uniqueKeysWithValues: entries.compactMap { entry in
          entry.value.json(parameters, metric: metric, dimension: dimension, k: k).map { (entry.key, $0) }
        })
    }
  }

  fileprivate static func value(ofJSON text: String) -> Any? {
    try? JSONSerialization.jsonObject(with: Data(text.utf8), options: [.fragmentsAllowed])
  }
}
