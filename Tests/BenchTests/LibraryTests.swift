// Without @testable: what a user of the library has.
import Bench
import Foundation
import TestSupport
import Testing
import VectorIndexes

/// A plan is made, estimated and run without the command line, as the article Library prints it.
@Suite struct LibraryTests {
  @Test func aPlanIsMadeEstimatedAndRun() throws {
    let folder = try TemporaryFolder()
    let file = "\(packageSources)/../datasets/photo-sift-20k-128-euclidean.hdf5"
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
      try IndexVariant(Subject(FlatIndex.self)),
      try IndexVariant(
        Subject(IVFFlatIndex.self), build: [Setting("nlist", ["8"])], search: [Setting("nprobe", ["1", "8"])]),
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
}
