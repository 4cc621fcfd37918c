import Foundation
import OrderedStore
import TestSupport
import Testing
import VectorCore

@testable import VectorIndexes

/// What a catalogue tells of the files of its kinds, and what it refuses.
@Suite struct StoredIndexInspectingTests {
  private let fixtures: PersistentFixtures
  private let catalog = IndexCatalog.standard

  init() throws { fixtures = try PersistentFixtures() }

  private func value(_ name: String, of inspection: IndexInspection) -> String? {
    inspection.parameters.first { $0.name == name }?.value
  }

  @Test func tellsOfInvertedLists() throws {
    let setup = fixtures.setup(.angular, nlist: 8, ["refine_store": "f16"])
    var sizes: [Int] = []
    do {
      let index = try setup.open(fixtures.file, seed: 11)
      try index.train(setup.vectors(200, seed: 1), threads: 1)
      try index.insertBatch(
        ids: Array(0..<500), vectors: setup.vectors(500, seed: 2), metadata: [], onConflict: .fail, threads: 1)
      for id in 0..<UInt64(100) { try index.remove(id: id) }
      try index.commit()
      sizes = index.clusterSizes
    }
    let inspection = try catalog.inspect(file: fixtures.file)
    #expect(inspection.kind == "ivf-pq" && inspection.formatVersion == Int(PersistentIVFPQIndex.application.version))
    #expect(inspection.dimension == 20 && inspection.metric == .angular && inspection.seed == 11)
    #expect(inspection.count == 400 && inspection.removed == 100)
    #expect(inspection.parameters.map(\.name) == IVFPQIndex.Configuration.fields.map(\.name))
    #expect(value("nlist", of: inspection) == "8" && value("refine_store", of: inspection) == "f16")
    #expect(value("m", of: inspection) == "10", "what was left to the index")
    #expect(inspection.clusters == ClusterSummary(ClusterStatistics(sizes: sizes)) && sizes.reduce(0, +) == 400)
    let bytes = try #require(try FileManager.default.attributesOfItem(atPath: fixtures.file)[.size] as? Int)
    #expect(inspection.diskBytes == bytes && inspection.memoryBytes > 0)
    #expect(try #require(inspection.freeBytes) < bytes)
    #expect(try JSONDecoder().decode(IndexInspection.self, from: JSONEncoder().encode(inspection)) == inspection)
  }

  @Test func tellsOfATree() throws {
    let setup = fixtures.fractal()
    var sizes: [Int] = []
    do {
      let index = try setup.open(fixtures.file)
      try index.insertBatch(
        ids: Array(0..<300), vectors: setup.vectors(300, seed: 2), metadata: [], onConflict: .fail, threads: 1)
      try index.commit()
      sizes = index.clusterSizes
    }
    let inspection = try catalog.inspect(file: fixtures.file)
    #expect(inspection.kind == "fractal" && inspection.count == 300 && inspection.removed == 0)
    #expect(inspection.clusters?.count == sizes.count && sizes.count > 3)
    #expect(inspection.figures["leaves"] == Double(sizes.count) && inspection.figures["fan_out"]! > 1)
    #expect(value("max_leaf", of: inspection) == smallTree["max_leaf"])
  }

  @Test func anUntrainedIndexHasNoClusters() throws {
    _ = try fixtures.setup().open(fixtures.file)
    let inspection = try catalog.inspect(file: fixtures.file)
    #expect(inspection.count == 0 && inspection.clusters == nil)
  }

  @Test func compactingGivesBackWhatIsFree() throws {
    let setup = fixtures.setup(dimension: 200)
    do {
      let index = try setup.open(fixtures.file)
      try index.train(setup.vectors(200, seed: 1), threads: 1)
      try index.insertBatch(
        ids: Array(0..<2000), vectors: setup.vectors(2000, seed: 2), metadata: [], onConflict: .fail, threads: 1)
      try index.commit()
      for id in 200..<UInt64(2000) { try index.remove(id: id) }
      try index.commit()
      #expect(throws: IndexError.self, "it is open") { try catalog.compact(file: fixtures.file) }
      #expect(index.count == 200)
    }
    let before = try catalog.inspect(file: fixtures.file)
    #expect(try #require(before.freeBytes) > before.diskBytes / 2)
    try catalog.compact(file: fixtures.file)
    var after = try catalog.inspect(file: fixtures.file)
    #expect(after.diskBytes < before.diskBytes / 3)
    (after.diskBytes, after.freeBytes) = (before.diskBytes, before.freeBytes)
    #expect(after == before)
  }

  @Test func whatIsNoIndexIsRefused() throws {
    let path = fixtures.folder.path + "/text"
    try Data("no index".utf8).write(to: URL(filePath: path))
    let refused = IndexError.notAnIndexFile(path: path, known: ["ivf-pq", "fractal", "memtable"])
    #expect(throws: refused) { try catalog.inspect(file: path) }
    #expect(throws: IndexError.nothingToCompact(path: path)) { try catalog.compact(file: path) }
    let other = fixtures.folder.path + "/other.lmdb"
    _ = try LMDBStore.open(other, for: StoreApplication(name: "something else", version: 1))
    #expect(throws: IndexError.notAnIndexFile(path: other, known: ["ivf-pq", "fractal", "memtable"])) {
      try catalog.inspect(file: other)
    }
  }

  @Test(arguments: [PersistentIVFPQIndex.application, PersistentFractalIndex.application])
  func anotherVersionIsRefused(current: StoreApplication) throws {
    let older = StoreApplication(name: current.name, version: current.version - 1)
    _ = try LMDBStore.open(fixtures.file, for: older)
    let error = #expect(throws: IndexError.self) { try catalog.inspect(file: fixtures.file) }
    #expect(error?.storeError?.reason == .otherApplication(found: older, expected: current))
  }

  @Test func aDamagedFileIsRefused() throws {
    do {
      let setup = fixtures.setup()
      let index = try setup.open(fixtures.file)
      try index.train(setup.vectors(200, seed: 1), threads: 1)
      try index.commit()
    }
    var bytes = try Data(contentsOf: URL(filePath: fixtures.file))
    bytes.removeLast(bytes.count / 2)
    try bytes.write(to: URL(filePath: fixtures.file))
    let error = #expect(throws: IndexError.self) { try catalog.inspect(file: fixtures.file) }
    guard case .truncated = error?.storeError?.reason else {
      Issue.record("\(String(describing: error))")
      return
    }
  }
}
