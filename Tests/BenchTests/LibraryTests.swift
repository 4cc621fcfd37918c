// Without @testable: what a user of the library has.
import Bench
import Foundation
import HDF5
import TestSupport
import Testing
import VectorIndexes

/// A plan is made, estimated and run without the command line, as the article Library prints it.
@Suite struct LibraryTests {
  @Test func aPlanIsMadeEstimatedAndRun() throws {
    let folder = try TemporaryFolder()
    let file = "\(folder.path)/line-2-euclidean.hdf5"
    try writeLine(to: file)
    let results = "\(folder.path)/results"
    try FileManager.default.createDirectory(atPath: results, withIntermediateDirectories: false)
    let records = try measure(file: file, results: results)
    #expect(records.map(\.status) == [.ok, .ok, .ok])
    #expect(records[0].measurement?.quality.recall == 1)
    #expect(try Ledger(folder: results).lastRun()?.tag == "first")
  }

  private func measure(file: String, results: String) throws -> [CellRecord] {
    var sweep = Sweep()
    sweep.ks = [10]
    sweep.rounds = 3
    sweep.indexes = .variants([
      try IndexVariant(FlatIndex.self),
      try IndexVariant(IVFFlatIndex.self, build: [Setting("nlist", ["8"])], search: [Setting("nprobe", ["1", "8"])]),
    ])
    let dataset = try DatasetReader(.here).survey(DatasetSurvey(argument: file, path: file, ks: sweep.ks))
    let plan = try SweepPlan(sweep, datasets: [dataset])
    print("\(plan.cellCount) cells, about \(plan.estimate.searchSeconds) s of searches")

    let runner = SweepRunner(
      plan, ledger: try Ledger(folder: results), supervisor: Supervisor(.here), provenance: .current(commit: ""))
    let records = try runner.run(.new, command: "an example", tag: "first") { event in
      if case .build(let build, let cells) = event { print("\(build.label): \(cells) cells") }
    }
    for figures in records.compactMap(\.measurement) {
      print(figures.cell.label, figures.quality.recall, figures.speed.queriesPerSecond)
    }
    return records
  }

  /// Points 0, 1, 2, … on a line and queries in the midst of them.
  private func writeLine(to path: String) throws {
    let queries = [20, 50, 70].map { Float($0) + 0.2 }
    let nearest = queries.map { query in
      (0..<100).map { (abs(Float($0) - query), Int32($0)) }.sorted { $0 < $1 }.prefix(10)
    }
    let file = try HDF5File.create(path)
    try file.write(Matrix((0..<100).map { [Float($0), 0] }), to: "train")
    try file.write(Matrix(queries.map { [$0, 0] }), to: "test")
    try file.write(nearest.flatMap { $0.map(\.1) }, shape: [3, 10], to: "neighbors")
    try file.write(nearest.flatMap { $0.map(\.0) }, shape: [3, 10], to: "distances")
    try file.setAttribute("distance", .string("euclidean"))
    try file.close()
  }
}
