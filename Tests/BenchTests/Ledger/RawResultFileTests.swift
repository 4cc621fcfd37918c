import Foundation
import HDF5
import TestSupport
import Testing

@testable import Bench

@Suite struct RawResultFileTests {
  private let temporary: TemporaryFolder
  private let raw = RawRounds(
    k: 2, nanoseconds: [[9_000_000, 9_000_000], [1_000_000, 3_000_001], [1, 1]], wallNanoseconds: [9, .max / 4, 9],
    distanceComputations: [1, 200, 3], rows: [0, -1, 4, .max], distances: [0.1, .infinity, 2, .infinity],
    recalls: [0.5, 1.0 / 3])

  init() throws { temporary = try TemporaryFolder() }

  private func key(_ planned: PlannedCell) -> CellKey { CellKey(planned, dataset: .fixture(), code: "") }

  @Test func whatIsWrittenComesBackBitForBit() throws {
    let measurement = try CellMeasurement.fixture()
    let path = "\(temporary.path)/a/b/c.hdf5"
    for _ in 0..<2 { try RawResultFile.write(raw, of: measurement, key: key(.fixture()), to: path) }
    #expect(try RawResultFile.read(path) == raw)
    #expect(temporary.files == ["a/b/c.hdf5"])
    var difficult = raw
    (difficult.dimensionalities, difficult.contrasts) = ([12.5, 3], [1.25, 7])
    try RawResultFile.write(difficult, of: measurement, key: key(.fixture()), to: path)
    #expect(try RawResultFile.read(path) == difficult)
    #expect(try HDF5File.open(path).dataset("lid").read(as: Float.self) == [12.5, 3])
    #expect(try HDF5File.open(path).dataset("contrast").read(as: Float.self) == [1.25, 7])
  }

  /// The layout of ann-benchmarks' `store_results`, with the attributes that its metrics read.
  @Test func theLayoutIsThatOfAnnBenchmarks() throws {
    let path = "\(temporary.path)/r.hdf5"
    try RawResultFile.write(raw, of: try .fixture(), key: key(.fixture()), to: path)
    let file = try HDF5File.open(path)
    // The reported round's, the second.
    #expect(try file.dataset("times").read(as: Float.self) == [0.001, 0.003_000_001])
    #expect(try file.dataset("times").elementType == .float32)
    #expect(try file.dataset("neighbors").elementType == .int32 && file.dataset("neighbors").shape == [2, 2])
    #expect(try file.dataset("distances").read(as: Float.self) == raw.distances)
    let attributes: [(String, HDF5Attribute)] = [
      ("batch_mode", .integer(0)), ("best_search_time", .real(3)), ("candidates", .real(2)),
      ("expect_extra", .integer(0)), ("name", .string("exact(width=1, effort=100, fault=none)")),
      ("run_count", .integer(3)), ("distance", .string("euclidean")), ("count", .integer(2)),
      ("build_time", .real(0.1 + 1e-9)), ("index_size", .real(1000.0 / 1024)), ("algo", .string("recallbench-exact")),
      ("dataset", .string("line")), ("dist_comps", .real(600)),
    ]
    for (name, value) in attributes { #expect(try file.attribute(name) == value, "\(name)") }
  }

  @Test func pathsAreThoseOfAnnBenchmarksAndDoNotCollide() throws {
    let planned = try PlannedCell.fixture()
    let path = RawResultFile.path(of: planned, variant: "mine", dataset: "line", key: key(planned), run: 1)
    #expect(
      path == "results/line/2/recallbench-mine/exact_width_1_effort_100_fault_none_\(key(planned).short)_1.hdf5")
    var options = planned.options
    options.mode = .batch
    let batch = PlannedCell(cell: planned.cell, options: options)
    #expect(
      RawResultFile.path(of: batch, variant: "mine", dataset: "line", key: key(batch), run: 1)
        .hasPrefix("results/line/2/recallbench-mine-batch/"))
    options.threads = 2
    let threads = PlannedCell(cell: planned.cell, options: options)
    #expect(
      RawResultFile.path(of: batch, variant: "mine", dataset: "line", key: key(batch), run: 1)
        != RawResultFile.path(of: threads, variant: "mine", dataset: "line", key: key(threads), run: 1))
  }

  @Test func namesFitIntoWhatFileSystemsAllow() throws {
    let long = Cell(
      kind: String(repeating: "long ä", count: 100), build: try PlannedCell.fixture().cell.build,
      search: try PlannedCell.fixture().cell.search)
    let planned = PlannedCell(cell: long, options: RunOptions())
    let path = RawResultFile.path(of: planned, variant: "v", dataset: "d", key: key(planned), run: 1)
    let name = try #require(path.split(separator: "/").last)
    #expect(name.utf8.count == 255 && name.hasSuffix("_\(key(planned).short)_1.hdf5"))
    try RawResultFile.write(raw, of: try .fixture(), key: key(planned), to: "\(temporary.path)/\(path)")
    #expect(try RawResultFile.read("\(temporary.path)/\(path)") == raw)
  }

  @Test func whatIsNoRawFileIsRefused() throws {
    let path = "\(temporary.path)/x.hdf5"
    #expect(throws: LedgerError.self) { try RawResultFile.read(path) }
    let file = try HDF5File.create(path)
    try file.write([Int64(1)], shape: [1], to: "nanoseconds")
    try file.write([Int32(1)], shape: [1], to: "neighbors")
    try file.close()
    let error = #expect(throws: LedgerError.self) { try RawResultFile.read(path) }
    #expect(error?.description.contains("rounds × queries") == true)
    #expect(throws: LedgerError.self) {
      try RawResultFile.write(raw, of: try .fixture(), key: key(.fixture()), to: "/proc/no/x.hdf5")
    }
  }
}
