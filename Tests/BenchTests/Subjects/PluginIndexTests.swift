import TestSupport
import Testing
import VectorCore
import VectorIndexes

@testable import Bench

@Suite(.enabled(if: CCompiler.path != nil, "needs a C compiler")) struct PluginIndexTests {
  private let folder: TemporaryFolder
  private let kinds: [Subject]

  init() throws {
    folder = try TemporaryFolder()
    kinds = try ForeignSubject.kinds(ofPlugin: CCompiler.plugin("exhaustive", in: folder.path)).map(\.subject)
  }

  private func subject(_ kind: String) throws -> Subject { try #require(kinds.first { $0.kind == kind }) }

  /// An index with the vectors of a seed, row i under id i.
  private func index(
    _ kind: String = "exhaustive", _ metric: Metric = .euclidean, _ build: [String: String] = [:], rows: Matrix,
    metadata: [Metadata] = []
  ) throws -> any MutableVectorIndex {
    let subject = try subject(kind)
    let made = try subject.make(
      dimension: rows.columns, metric: metric,
      parameters: Parameters(build, declared: subject.declaration.build, kind: kind), seed: 1, threads: 1)
    let index = try #require(made as? any MutableVectorIndex & TrainableIndex)
    try index.train(rows, threads: 1)
    try index.insertBatch(
      ids: Array(0..<UInt64(rows.rows)), vectors: rows, metadata: metadata, onConflict: .fail, threads: 1)
    return index
  }

  private static func rows(_ count: Int, _ columns: Int = 12, seed: UInt64 = 5) -> Matrix {
    var generator = SeededGenerator(seed: seed)
    return Matrix((0..<count).map { _ in (0..<columns).map { _ in Float(generator.nextUnit() - 0.5) } })
  }

  private func ids(
    _ index: any VectorIndex, _ query: Matrix, _ row: Int, k: Int, _ search: [String: String] = [:],
    filter: Filter? = nil
  ) throws -> [UInt64] {
    let parameters = SearchParameters(
      try Parameters(search, declared: index.declaration.search, kind: index.declaration.kind))
    try index.prepare(parameters)
    var answer = TopK(k: 0)
    try index.search(
      query[row: row], k: k, parameters: parameters, filter: filter, scratch: index.makeScratch(), into: &answer)
    return (0..<answer.count).map { answer[$0].id }
  }

  @Test(arguments: [Metric.euclidean, .angular, .dot, .manhattan])
  func findsWhatTheExactIndexFinds(metric: Metric) throws {
    let (rows, queries) = (Self.rows(300), Self.rows(20, seed: 9))
    let plugin = try index("exhaustive", metric, rows: rows)
    let flat = try FlatIndex(dimension: rows.columns, metric: metric)
    try flat.insertBatch(ids: Array(0..<300), vectors: rows, metadata: [], onConflict: .fail, threads: 1)
    for query in 0..<queries.rows {
      #expect(try ids(plugin, queries, query, k: 10) == ids(flat, queries, query, k: 10))
    }
    #expect(plugin.count == 300 && plugin.statistics.memoryBytes >= 300 * 12 * 4)
  }

  @Test func aBatchAnswersAsSingleSearchesDo() throws {
    let (rows, queries) = (Self.rows(200), Self.rows(30, seed: 9))
    let plugin = try index(rows: rows)
    var batch = NeighborBatch(k: 7, reserving: queries.rows)
    let parameters = SearchParameters(
      try Parameters(declared: plugin.declaration.search, kind: plugin.declaration.kind))
    try plugin.searchBatch(
      queries, k: 7, parameters: parameters, filter: nil, scratch: plugin.makeScratch(), into: &batch)
    for query in 0..<queries.rows {
      #expect(try Array(batch.ids[query * 7..<query * 7 + 7]) == ids(plugin, queries, query, k: 7))
    }
    #expect(batch.distanceComputations == 200 * 30)
  }

  @Test func parametersReachTheLibrary() throws {
    let (rows, queries) = (Self.rows(100), Self.rows(1, seed: 9))
    let declaration = try subject("exhaustive-partial").declaration
    #expect(declaration.build.map(\.name) == ["reserve", "growth", "training"])
    #expect(declaration.search.map(\.name) == ["least", "share", "from"])
    #expect(declaration.build[1].domain == .real(1.1...8) && declaration.build[1].defaultValue == .real(2))
    #expect(declaration.search[2].domain == .choice(["front", "back"]))
    let plugin = try index("exhaustive-partial", rows: rows)
    let front = try ids(plugin, queries, 0, k: 50, ["share": "0.5"])
    let back = try ids(plugin, queries, 0, k: 50, ["share": "0.5", "from": "back"])
    #expect(Set(front) == Set(0..<50) && Set(back) == Set(50..<100))
  }

  @Test func whatTuneVariesIsDeclared() throws {
    let declaration = try subject("exhaustive-partial").declaration
    #expect(
      declaration.search.map(\.tuning) == [
        .bisected, .rising([.real(0.25), .real(0.5), .real(1)]), .values([.choice("front"), .choice("back")]),
      ])
    #expect(declaration.build.map(\.tuning) == [.rootOfRows([0.5, 1]), nil, nil])
    // Without tunings a library that was compiled with the first header goes on working.
    let old = try ForeignSubject.kinds(
      ofPlugin: CCompiler.plugin("exhaustive", "OLD_HEADER=1", in: folder.path)
    ).map(\.subject)
    let known = try #require(old.first { $0.kind == "exhaustive-partial" })
    #expect(known.declaration.search.map(\.name) == declaration.search.map(\.name))
    #expect((known.declaration.build + known.declaration.search).allSatisfy { $0.tuning == nil })
    let made = try known.make(
      dimension: 2, metric: .euclidean,
      parameters: Parameters(declared: known.declaration.build, kind: known.kind), seed: 1, threads: 1)
    #expect(made.count == 0)
  }

  @Test func aRemovedVectorIsNotFound() throws {
    let rows = Self.rows(50)
    let plugin = try index(rows: rows)
    #expect(try ids(plugin, rows, 7, k: 1) == [7])
    #expect(try plugin.remove(id: 7) && !plugin.remove(id: 7))
    #expect(try !ids(plugin, rows, 7, k: 50).contains(7))
    #expect(plugin.count == 49)
  }

  @Test func aFilterIsObeyed() throws {
    let rows = Self.rows(60)
    let metadata = (0..<60).map { ["parity": MetadataValue.integer(Int64($0 % 2))] as Metadata }
    let plugin = try index(rows: rows, metadata: metadata)
    let found = try ids(plugin, rows, 3, k: 60, filter: .equal("parity", .integer(0)))
    #expect(Set(found) == Set((0..<60).filter { $0.isMultiple(of: 2) }))
  }

  @Test func aSetOfRowsIsObeyed() throws {
    let rows = Self.rows(70)
    let plugin = try #require(try index(rows: rows) as? any BitmapFilteredIndex)
    var accepted = RowBitmap(rows: 70)
    for row in [3, 63, 64, 69, 63] { accepted.insert(row) }
    #expect(accepted.count == 4 && accepted.rows == [3, 63, 64, 69])
    var answer = TopK(k: 0)
    try plugin.search(rows[row: 3], k: 60, accepting: accepted, scratch: plugin.makeScratch(), into: &answer)
    #expect(Set(answer.neighbors.map(\.id)) == [3, 63, 64, 69])
  }

  @Test func moreThanThereAreFindsAll() throws {
    let rows = Self.rows(5)
    let plugin = try index(rows: rows)
    #expect(try ids(plugin, rows, 0, k: 100).sorted() == [0, 1, 2, 3, 4])
    #expect(try ids(plugin, rows, 0, k: 0).isEmpty)
  }

  @Test func whatIsNoPluginIsRefused() throws {
    #expect(throws: PluginError.self) { try PluginLibrary(path: "/nowhere/libnothing.so") }
  }
}
