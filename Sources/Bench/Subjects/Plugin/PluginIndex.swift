import CRecallBenchPlugin
import Datasets
import Foundation
import VectorCore
import VectorIndexes

/// An index in a shared library, called in this process with one call a query; the query is not copied.
///
/// Unchecked because the contract of `VectorIndex` keeps changes and searches apart, and the library promises that
/// searches with different scratches go on at once.
final class PluginIndex: MutableVectorIndex, TrainableIndex, SavableIndex, BitmapFilteredIndex,
  @unchecked Sendable
{
  let declaration: IndexDeclaration
  let dimension: Int
  let metric: Metric
  let origin: SubjectOrigin
  private(set) var count = 0
  private(set) var isTrained: Bool
  /// The metadata of the vectors that have some.
  private var metadata: [UInt64: Metadata] = [:]
  /// One bit for each id up to the largest one: whether it is stored.
  private var storedIDs: [UInt64] = []
  private let path: String
  private let functions: rb_kind
  private let index: OpaquePointer

  /// Loads the library and creates an empty index.
  ///
  /// - Parameter declaration: the expected declaration; a library that now declares something else is refused.
  /// - Throws: `PluginError` as `IndexError.own`.
  convenience init(
    _ kind: PluginKind, as declaration: IndexDeclaration, dimension: Int, metric: Metric, parameters: Parameters,
    seed: UInt64
  ) throws(IndexError) {
    try self.init(kind, as: declaration, dimension: dimension, metric: metric, call: "create") { functions, made in
      functions.create(
        &made, UInt32(dimension), metric.pluginBit, declaration.numbers(of: parameters, in: functions, isSearch: false),
        seed)
    }
    isTrained = functions.train == nil
  }

  /// Loads the library and opens an index that `save` has written.
  ///
  /// - Parameter rows: that are stored, row i under id i.
  /// - Throws: `PluginError` as `IndexError.own`.
  convenience init(
    _ kind: PluginKind, as declaration: IndexDeclaration, dimension: Int, metric: Metric, savedAt file: String,
    rows: Int
  ) throws(IndexError) {
    try self.init(kind, as: declaration, dimension: dimension, metric: metric, call: "open") { functions, made in
      guard let open = functions.open else { return nil }
      return open(&made, file)
    }
    isTrained = true
    count = rows
    storedIDs = [UInt64](repeating: .max, count: rows / 64)
    if rows % 64 > 0 { storedIDs.append(1 << UInt64(rows % 64) - 1) }
  }

  /// - Parameter make: the call that makes the index and returns a message where it fails.
  private init(
    _ kind: PluginKind, as declaration: IndexDeclaration, dimension: Int, metric: Metric, call: String,
    make: (rb_kind, inout OpaquePointer?) -> UnsafePointer<CChar>?
  ) throws(IndexError) {
    try declaration.check(dimension: dimension, metric: metric)
    let library: PluginLibrary
    do throws(PluginError) {
      guard SHA256.ofFile(kind.path) == kind.sha256 else { throw PluginError.changed(path: kind.path) }
      library = try PluginLibrary(path: kind.path)
      guard let functions = library.kind(named: kind.name),
        try library.declarations().first(where: { $0.kind == kind.name })?.hasParameters(of: declaration) == true
      else {
        throw PluginError.declaration(path: kind.path, problem: "it no longer declares \(kind.name) as it did")
      }
      self.functions = functions
    } catch {
      throw .own(error)
    }
    self.declaration = declaration
    self.dimension = dimension
    self.metric = metric
    path = kind.path
    origin = SubjectOrigin(interface: .plugin, library: library.title, code: ForeignCode.plugin(kind).identity)
    isTrained = false
    var made: OpaquePointer?
    try Self.check(make(functions, &made), call, path: path)
    guard let made else { throw .own(PluginError.nothingMade(path: path, call: call)) }
    index = made
  }

  deinit { functions.destroy(index) }

  var statistics: IndexStatistics {
    IndexStatistics(
      kind: declaration.kind, count: count, memoryBytes: functions.bytes.map { Int(clamping: $0(index)) } ?? 0)
  }

  // MARK: - Building

  /// An upper bound of the ids, because filters are bit sets.
  private static let idLimit: UInt64 = 1 << 40

  func train(_ vectors: Matrix, threads: Int) throws(IndexError) {
    guard let train = functions.train else { return }
    guard !isTrained else { throw .alreadyTrained(kind: declaration.kind) }
    try vectors.check(dimension: dimension, threads: threads)
    try Self.check(train(index, vectors.pluginVectors, UInt32(threads)), "train", path: path)
    isTrained = true
  }

  func retrain(threads: Int) throws(IndexError) {
    throw .own(PluginError.unsupported(path: path, what: "train again"))
  }

  @discardableResult
  func insertBatch(
    ids: [UInt64], vectors: Matrix, metadata: [Metadata], onConflict: ConflictRule, threads: Int
  ) throws(IndexError) -> Int {
    guard isTrained else { throw .notTrained(kind: declaration.kind) }
    guard ids.count == vectors.rows else {
      throw .countMismatch(what: "ids", expected: vectors.rows, got: ids.count)
    }
    guard metadata.isEmpty || metadata.count == ids.count else {
      throw .countMismatch(what: "metadata", expected: ids.count, got: metadata.count)
    }
    try vectors.check(dimension: dimension, threads: threads)
    guard !ids.isEmpty else { return 0 }
    guard ids.allSatisfy({ $0 < Self.idLimit }) else {
      throw .own(PluginError.unsupported(path: path, what: "store ids of \(Self.idLimit) and above"))
    }
    guard count == 0 || functions.flags & UInt32(RB_GROWS) != 0 else {
      throw .own(PluginError.unsupported(path: path, what: "add vectors to those it has"))
    }
    if onConflict == .replace {
      for id in ids where isStored(id) { try remove(id: id) }
    }
    try Self.check(functions.add(index, ids, vectors.pluginVectors, UInt32(threads)), "add", path: path)
    count += ids.count
    let words = Int((ids.max() ?? 0) / 64) + 1
    if words > storedIDs.count { storedIDs += repeatElement(0, count: words - storedIDs.count) }
    for id in ids { storedIDs[Int(id / 64)] |= 1 << (id % 64) }
    for (id, metadata) in zip(ids, metadata) { self.metadata[id] = metadata }
    return ids.count
  }

  private func isStored(_ id: UInt64) -> Bool {
    let word = Int(id / 64)
    return word < storedIDs.count && storedIDs[word] >> (id % 64) & 1 != 0
  }

  @discardableResult
  func remove(id: UInt64) throws(IndexError) -> Bool {
    guard let remove = functions.remove else {
      throw .own(PluginError.unsupported(path: path, what: "remove vectors"))
    }
    var removed: UInt32 = 0
    try Self.check(remove(index, id, &removed), "remove", path: path)
    if removed != 0 {
      count -= 1
      metadata[id] = nil
      storedIDs[Int(id / 64)] &= ~(1 << (id % 64))
    }
    return removed != 0
  }

  func save(to file: String) throws(IndexError) {
    guard let save = functions.save else {
      throw .own(PluginError.unsupported(path: path, what: "save an index"))
    }
    try Self.check(save(index, file), "save", path: path)
  }

  // MARK: - Searching

  /// The memory of one searching thread, here and in the library.
  private final class Scratch: SearchScratch {
    let own: OpaquePointer?
    private let free: (@convention(c) (OpaquePointer?) -> Void)?
    /// Memory for the ids of one answer.
    private(set) var ids: UnsafeMutablePointer<UInt64>
    private var capacity = 16
    /// The filter that was used last, with the ids that it accepts.
    var filter: (filter: Filter, words: [UInt64])?

    /// The reason why the library has no scratch.
    let failure: PluginError?

    init(
      own: OpaquePointer? = nil, failure: PluginError? = nil, free: (@convention(c) (OpaquePointer?) -> Void)? = nil
    ) {
      self.own = own
      self.failure = failure
      self.free = free
      ids = .allocate(capacity: capacity)
    }

    deinit {
      ids.deallocate()
      free?(own)
    }

    func reserve(_ count: Int) {
      guard count > capacity else { return }
      ids.deallocate()
      capacity = count
      ids = .allocate(capacity: count)
    }
  }

  func makeScratch() -> SearchScratch {
    guard let make = functions.make_scratch else { return Scratch() }
    var own: OpaquePointer?
    do throws(PluginError) {
      try Self.checkCall(make(index, &own), "make_scratch", path: path)
    } catch {
      return Scratch(failure: error)
    }
    return Scratch(own: own, free: functions.free_scratch)
  }

  func prepare(_ parameters: SearchParameters) throws(IndexError) {
    guard let set = functions.set else { return }
    let settings = declaration.numbers(of: parameters.values, in: functions, isSearch: true)
    try Self.check(set(index, settings), "set", path: path)
  }

  /// Searches without checking the query's components; the harness has checked those of all queries before.
  func search(
    _ query: Span<Float>, k: Int, parameters: SearchParameters, filter: Filter?, scratch: SearchScratch,
    into answer: inout TopK
  ) throws(IndexError) {
    let scratch = unsafeDowncast(scratch, to: Scratch.self)
    try search(query, k: k, words: accepted(by: filter, scratch), scratch, into: &answer)
  }

  func search(
    _ query: Span<Float>, k: Int, accepting rows: RowBitmap, scratch: SearchScratch, into answer: inout TopK
  ) throws(IndexError) {
    try search(query, k: k, words: rows.words, unsafeDowncast(scratch, to: Scratch.self), into: &answer)
  }

  /// - Parameter words: one bit for each id that may be found; `nil` for all.
  private func search(
    _ query: Span<Float>, k: Int, words: [UInt64]?, _ scratch: Scratch, into answer: inout TopK
  ) throws(IndexError) {
    guard query.count == dimension else { throw .dimensionMismatch(expected: dimension, got: query.count) }
    let wanted = min(k, count)
    guard wanted > 0 else { return answer.reset(k: max(k, 0)) }
    try makeReady(scratch, ids: wanted)
    var found = rb_answer(ids: scratch.ids, found: 0, reserved: 0, computations: 0)
    let message = try withRequest(k: wanted, words: words) { request in
      query.withUnsafeBufferPointer { query in
        withUnsafePointer(to: request) { functions.search(index, scratch.own, query.baseAddress, $0, &found) }
      }
    }
    try Self.check(message, "search", path: path)
    try take(found, wanted: wanted, k: k, into: &answer)
  }

  func searchBatch(
    _ queries: Matrix, k: Int, parameters: SearchParameters, filter: Filter?, scratch: SearchScratch,
    into answers: inout NeighborBatch
  ) throws(IndexError) {
    var answer = TopK(k: k)
    let wanted = min(k, count)
    guard wanted > 0, let search = functions.search_batch else {
      for row in 0..<queries.rows {
        try self.search(
          queries[row: row], k: k, parameters: parameters, filter: filter, scratch: scratch, into: &answer)
        answers.append(answer)
      }
      return
    }
    let scratch = unsafeDowncast(scratch, to: Scratch.self)
    try makeReady(scratch, ids: queries.rows * wanted)
    var found = (0..<queries.rows).map {
      rb_answer(ids: scratch.ids + $0 * wanted, found: 0, reserved: 0, computations: 0)
    }
    let message = try withRequest(k: wanted, words: accepted(by: filter, scratch)) { request in
      withUnsafePointer(to: request) { search(index, scratch.own, queries.pluginVectors, $0, &found) }
    }
    try Self.check(message, "search_batch", path: path)
    for one in found {
      try take(one, wanted: wanted, k: k, into: &answer)
      answers.append(answer)
    }
  }

  /// Gives a scratch memory for `ids` ids.
  private func makeReady(_ scratch: Scratch, ids: Int) throws(IndexError) {
    if let failure = scratch.failure { throw .own(failure) }
    scratch.reserve(ids)
  }

  private func take(_ found: rb_answer, wanted: Int, k: Int, into answer: inout TopK) throws(IndexError) {
    guard found.found <= wanted else {
      throw .own(PluginError.tooManyAnswers(path: path, found: found.found, k: wanted))
    }
    answer.fill(UnsafeBufferPointer(start: found.ids, count: Int(found.found)), k: k)
    // The bound prevents an overflow of sums over many queries, whatever the library writes.
    answer.distanceComputations = Int(min(found.computations, 1 << 40))
  }

  /// Calls `body` with the request of a search.
  private func withRequest(
    k: Int, words: [UInt64]?, _ search: (rb_request) -> UnsafePointer<CChar>?
  ) throws(IndexError) -> UnsafePointer<CChar>? {
    var request = rb_request(k: UInt32(k), reserved: 0, filter: nil)
    guard let words else { return search(request) }
    guard functions.flags & UInt32(RB_FILTERS) != 0 else {
      throw .own(PluginError.unsupported(path: path, what: "filter"))
    }
    return words.withUnsafeBufferPointer { words in
      var accepted = rb_filter(words: words.baseAddress, bits: UInt64(words.count) * 64)
      return withUnsafePointer(to: &accepted) {
        request.filter = $0
        return search(request)
      }
    }
  }

  /// The ids that a filter accepts, which the scratch keeps for the next search; `nil` without a filter.
  private func accepted(by filter: Filter?, _ scratch: Scratch) -> [UInt64]? {
    guard let filter else { return nil }
    if scratch.filter?.filter != filter { scratch.filter = (filter, accepted(by: filter)) }
    return scratch.filter?.words
  }

  /// One bit for each id: whether it is stored and the filter accepts its metadata.
  ///
  /// - Complexity: O(ids).
  private func accepted(by filter: Filter) -> [UInt64] {
    var words = storedIDs
    for place in words.indices {
      var left = words[place]
      while left != 0 {
        let bit = UInt64(left.trailingZeroBitCount)
        left &= left - 1
        if !filter.accepts(metadata[UInt64(place) * 64 + bit] ?? [:]) { words[place] &= ~(1 << bit) }
      }
    }
    return words
  }

  private static func check(
    _ message: UnsafePointer<CChar>?, _ call: String, path: String
  ) throws(IndexError) {
    guard message != nil else { return }
    do throws(PluginError) { try checkCall(message, call, path: path) } catch { throw .own(error) }
  }

  /// - Throws: `PluginError.refused` with the library's message when a call failed.
  private static func checkCall(
    _ message: UnsafePointer<CChar>?, _ call: String, path: String
  ) throws(PluginError) {
    guard let message else { return }
    throw .refused(path: path, call: call, message: String(cString: message).printable)
  }
}

extension Matrix {
  /// The vectors in the form of the interface; valid while the matrix lives.
  fileprivate var pluginVectors: rb_vectors { rb_vectors(rows: baseAddress, count: UInt64(rows)) }
}

extension IndexDeclaration {
  /// Whether both declarations have the same parameters with the same values; summaries may differ.
  fileprivate func hasParameters(of other: IndexDeclaration) -> Bool {
    func names(_ declaration: IndexDeclaration) -> [[String]] {
      [declaration.build, declaration.search].map { $0.map { "\($0.name) \($0.domain)" } }
    }
    return names(self) == names(other)
  }

  /// The values of all build or all search parameters, in the order in which the library declares them.
  fileprivate func numbers(of parameters: Parameters, in kind: rb_kind, isSearch: Bool) -> [Double] {
    let declared = isSearch ? search : build
    return declared.map { declaration in
      parameters.entries.first { $0.name == declaration.name }.map { declaration.number($0.value) }
        ?? declaration.number(declaration.defaultValue)
    }
  }
}
