import Foundation
import IndexConformance
import Synchronization
import VectorSearch

/// An index that compares a query with a share of the stored vectors, all of them at `share` 100, and has one fault.
///
/// Unchecked because the contract of `VectorIndex` keeps changes and searches apart; searches change an atomic only.
final class FaultyIndex: DeclaredIndex, MutableVectorIndex, TrainableIndex, @unchecked Sendable {
  static let declaration = IndexDeclaration(
    kind: "faulty", summary: "does one thing wrong", metrics: Metric.allCases, build: [],
    search: [ParameterDeclaration("share", .integer(1...100), default: .integer(50), "vectors looked at, in %")])

  private struct Entry {
    let id: UInt64
    var sequence: UInt64
    var vector: [Float]
    var metadata: Metadata
  }

  let dimension: Int
  let metric: Metric
  private let fault: Fault
  private let salt: UInt64
  private var entries: [UInt64: Entry] = [:]
  private var removed: [Entry] = []
  private var nextSequence: UInt64 = 0
  private var refusals = 0
  private(set) var isTrained = false
  private let activeSearches = Atomic<Int>(0)

  init(dimension: Int, metric: Metric, seed: UInt64, fault: Fault) {
    self.dimension = dimension
    self.metric = metric
    self.fault = fault
    salt = fault == .isNotSeeded ? .random(in: 0...UInt64.max) : seed
  }

  init(dimension: Int, metric: Metric, parameters: Parameters, seed: UInt64) throws(IndexError) {
    throw .unknownKind(name: "faulty", known: [])
  }

  // MARK: What it says of itself

  var count: Int {
    switch fault {
    case .countsOneTooMany: entries.count + (entries.isEmpty ? 0 : 1)
    case .countsRemoved: entries.count + removed.count
    default: entries.count
    }
  }

  var statistics: IndexStatistics {
    var bytes = (Array(entries.values) + (fault == .memoryOfRemoved ? removed : [])).reduce(1000 + refusals) {
      sum, entry in
      let texts = entry.metadata.values.reduce(0) { bytes, value in
        if case .text(let text) = value { bytes + text.utf8.count } else { bytes + 16 }
      }
      let vector = fault == .memoryWithoutVectors ? 0 : 4 * entry.vector.count
      return sum + 16 + vector + (fault == .memoryWithoutMetadata ? 0 : texts)
    }
    if fault == .constantMemory { bytes = 1000 }
    return IndexStatistics(
      kind: fault == .otherKind ? "other" : "faulty", count: fault == .otherCount ? nextSequence.hashValue : count,
      memoryBytes: bytes, diskBytes: fault == .bytesOnDisk ? 1 : 0)
  }

  // MARK: Training

  func train(_ vectors: Matrix, threads: Int) throws(IndexError) {
    guard !isTrained || fault == .trainsTwice else { throw .alreadyTrained(kind: "faulty") }
    if fault == .isTrainedAfterRefusal { isTrained = true }
    try refuse { () throws(IndexError) in try vectors.check(dimension: dimension) }
    isTrained = true
    guard fault == .storesTrainingVectors else { return }
    for row in 0..<vectors.rows { store(UInt64(row) + 1000, vectors.array(row), [:]) }
  }

  func retrain(threads: Int) throws(IndexError) {
    guard isTrained else { throw .notTrained(kind: "faulty") }
    switch fault {
    case .retrainingForgets: _ = entries.popFirst()
    case .retrainingRestores: if let last = removed.last { entries[last.id] = last }
    case .retrainingThrows where !removed.isEmpty: throw .notTrained(kind: "faulty")
    default: break
    }
  }

  // MARK: Changes

  func insertBatch(
    ids: [UInt64], vectors: Matrix, metadata: [Metadata], onConflict: ConflictRule, threads: Int
  ) throws(IndexError) -> Int {
    let rule = fault == .storedIDReplaces && ids.count == 1 ? .replace : onConflict
    do throws(IndexError) {
      if !isTrained, fault != .insertsUntrained { throw .notTrained(kind: "faulty") }
      try refuse { () throws(IndexError) in try check(ids, vectors, metadata, rule) }
    } catch {
      if fault == .growsOnRefusal { refusals += 1 }
      if fault == .keepsHalfABatch { store(ids[0], vectors.array(0), [:]) }
      throw error
    }
    let isNew = Set(ids).count { entries[$0] == nil }
    var rows = Array(0..<min(ids.count, vectors.rows))
    if fault == .dependsOnThreads, threads > 1 { rows.reverse() }
    var seen: Set<UInt64> = []
    for row in rows where fault != .firstInBatchWins || seen.insert(ids[row]).inserted {
      store(ids[row], vectors.array(row), row < metadata.count ? metadata[row] : [:])
    }
    return fault == .replacedCountsAsNew ? ids.count : isNew
  }

  private func check(
    _ ids: [UInt64], _ vectors: Matrix, _ metadata: [Metadata], _ rule: ConflictRule
  ) throws(IndexError) {
    guard ids.count == vectors.rows else { throw .countMismatch(what: "ids", expected: vectors.rows, got: ids.count) }
    guard metadata.isEmpty || metadata.count == ids.count else {
      throw .countMismatch(what: "metadata", expected: ids.count, got: metadata.count)
    }
    try vectors.check(dimension: dimension)
    var seen: Set<UInt64> = []
    for id in ids where !seen.insert(id).inserted || entries[id] != nil {
      if rule == .fail { throw .duplicateID(id) }
    }
  }

  private func store(_ id: UInt64, _ vector: [Float], _ metadata: Metadata) {
    // Another dimension that was not refused is filled up.
    let vector = vector + Array(repeating: 0, count: max(0, dimension - vector.count))
    var entry = Entry(id: id, sequence: nextSequence, vector: vector, metadata: metadata)
    nextSequence += 1
    if fault == .metadataOutlivesRemoval, metadata.isEmpty, let old = removed.last(where: { $0.id == id }) {
      entry.metadata = old.metadata
    }
    if let old = entries[id] {
      if fault == .keepsSequence { entry.sequence = old.sequence }
      if fault == .keepsMetadata { entry.metadata = old.metadata }
      if fault == .keepsVector { entry.vector = old.vector }
    }
    entries[id] = entry
  }

  func remove(id: UInt64) throws(IndexError) -> Bool {
    guard let entry = entries.removeValue(forKey: id) else { return fault == .removesTwice }
    removed.append(entry)
    // Seldom enough for only a long history to see it.
    if fault == .removesTwo, id % 10 == 7, entries.count > 20 {
      entries.values.min { $0.sequence < $1.sequence }.map { entries[$0.id] = nil }
    }
    return true
  }

  // MARK: Searches

  func makeScratch() -> SearchScratch { SearchScratch() }

  func search(
    _ query: Span<Float>, k: Int, parameters: SearchParameters, filter: Filter?, scratch: SearchScratch,
    into answer: inout TopK
  ) throws(IndexError) {
    answer.reset(k: 0)
    if !isTrained, fault != .searchesUntrained { throw .notTrained(kind: "faulty") }
    if fault == .filterBeforeMetric { try filter?.validate() }
    if fault == .metricBeforeQuery, let asked = parameters.metric, asked != metric {
      throw .metricMismatch(index: metric, asked: asked)
    }
    try refuse { () throws(IndexError) in try check(query, k: k, parameters, filter) }
    let active = activeSearches.add(1, ordering: .relaxed).newValue
    defer { activeSearches.subtract(1, ordering: .relaxed) }
    let seesOthers = fault == .searchesDisturbOneAnother || fault == .refusesConcurrentSearches
    if seesOthers { usleep(100) }
    if fault == .refusesConcurrentSearches, active > 1 { throw .notTrained(kind: "faulty") }
    guard fault != .throwsAlways, fault != .throwsWhenEmpty || !entries.isEmpty else {
      throw .notTrained(kind: "faulty")
    }
    var vector = (0..<query.count).map { query[$0] }
    if fault == .minusZeroDiffers { vector = vector.map { $0 == 0 && $0.sign == .minus ? 1e-3 : $0 } }
    let isZero = metric == .angular && vector.allSatisfy { $0 == 0 }
    guard !isZero || fault == .zeroQueryUnderAngular, fault != .findsNothing else { return }
    let found = try neighbors(of: vector, share: parameters.values.integer("share"), filter)
    answer.distanceComputations = found.count
    let wanted = fault == .answersK0 && k == 0 ? 1 : max(k, 0)
    let times = fault == .idsTwiceBeyondCount && k > entries.count ? 2 : 1
    answer.reset(k: min(wanted, times * found.count))
    answer.distanceComputations = found.count
    for neighbor in found {
      for _ in 0..<times where isLookedAt(neighbor, k, filter, found) { answer.offer(neighbor) }
    }
    if fault != .unsorted { answer.sort() }
    if fault == .searchesDisturbOneAnother, active > 1 { answer.reset(k: 0) }
  }

  private func isLookedAt(_ neighbor: Neighbor, _ k: Int, _ filter: Filter?, _ found: [Neighbor]) -> Bool {
    let nearest = found.prefix(max(k, 0))
    switch fault {
    case .missesTheNearest: return found.count < 2 || neighbor != found.min { $0.precedes($1) }
    case .filtersTheNearest:
      guard let filter, nearest.contains(neighbor) else { return filter == nil }
      return filter.accepts(entries[neighbor.id]?.metadata ?? [:])
    default: return true
    }
  }

  /// The vectors that a search looks at, nearest first.
  private func neighbors(of query: [Float], share: Int, _ filter: Filter?) throws(IndexError) -> [Neighbor] {
    var found: [Neighbor] = []
    let ignoresFilter = fault == .ignoresFilter || fault == .filtersTheNearest
    for entry in Array(entries.values) + (fault == .findsRemoved ? removed : []) {
      var hash = (entry.id &+ salt) &* 0x9E37_79B9_7F4A_7C15
      hash ^= hash >> 32
      guard hash % 100 < UInt64(share) else { continue }
      let isAccepted = filter?.accepts(entry.metadata) ?? true
      let isExcused = fault == .absentFieldIsAccepted && entry.metadata.isEmpty
      guard isAccepted || ignoresFilter || isExcused else { continue }
      let distance = distance(query, entry.vector)
      if fault == .refusesHuge, distance == .infinity { throw .notFinite(row: 0, component: 0, value: distance) }
      let sequence = fault == .tiesByID ? entry.id : entry.sequence
      found.append(Neighbor(distance: distance, sequence: sequence, id: entry.id))
    }
    return found.sorted { $0.precedes($1) }
  }

  private func distance(_ a: [Float], _ b: [Float]) -> Float {
    // No distance is −0.
    let distance = Float(metric.referenceDistance(a, b)) + 0
    switch fault {
    case .squaredDistances: return distance * distance
    case .minusZeroDistance where distance == 0: return -0.0
    case .hugeIsFinite: return min(distance, .greatestFiniteMagnitude)
    default: return distance
    }
  }

  func searchBatch(
    _ queries: Matrix, k: Int, parameters: SearchParameters, filter: Filter?, scratch: SearchScratch,
    into answers: inout NeighborBatch
  ) throws(IndexError) {
    if !isTrained, fault != .searchesUntrained { throw .notTrained(kind: "faulty") }
    if fault == .filterBeforeMetric { try filter?.validate() }
    if fault != .answersBeforeRefusal {
      try refuse { () throws(IndexError) in try check(queries, k: k, parameters, filter) }
    }
    var parameters = parameters
    if fault == .batchIgnoresParameters {
      parameters = SearchParameters(try Parameters(declared: Self.declaration.search, kind: "faulty"))
    }
    var answer = TopK(k: 0)
    for row in 0..<queries.rows {
      let isOther = fault == .seventeenthOfBatch && row == 16
      try search(
        queries[row: isOther ? 0 : row], k: fault == .batchHasNoRoom ? min(k, 5) : k, parameters: parameters,
        filter: fault == .batchIgnoresFilter ? nil : filter, scratch: scratch, into: &answer)
      if fault == .batchCountsNoDistances { answer.distanceComputations = 0 }
      // A batch has no room for more than it was made for.
      if answer.count <= k { answers.append(answer) }
    }
  }

  /// Passes errors on, unless the fault is that there is none.
  private func refuse(_ body: () throws(IndexError) -> Void) throws(IndexError) {
    do throws(IndexError) { try body() } catch { if !fault.accepts(error) { throw error } }
  }
}

extension IndexSetup where Index == FaultyIndex {
  /// An index with a fault that looks at all vectors, or at most of them.
  static func with(_ fault: Fault, _ metric: Metric? = nil, isApproximate: Bool = false) -> IndexSetup<FaultyIndex> {
    let metric = metric ?? fault.metric
    return IndexSetup(
      FaultyIndex.self, metric: metric, exhaustive: isApproximate ? [:] : ["share": "100"],
      approximate: isApproximate ? ["share": "80"] : nil, partial: [["share": "30"]],
      construct: { _, seed in FaultyIndex(dimension: 20, metric: metric, seed: seed, fault: fault) })
  }
}
