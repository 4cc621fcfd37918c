import Files
import Foundation
import TestSupport
import Testing

@testable import Bench
@testable import Reports

@Suite struct AnnBenchmarksExporterTests {
  @Test func measuredCellsAreCopiedUnderTheirPaths() throws {
    let temporary = try TemporaryFolder()
    let folder = try OutputFolder(creating: "\(temporary.path)/run/results/a")
    try folder.write("raw", to: "4.hdf5")
    let records = [try CellRecord.fixture(), try CellRecord.fixture(nprobe: 8, ended: .failed)]
    for _ in 0..<2 {
      #expect(
        try AnnBenchmarksExporter().export(SweepResults(records: records, folder: "\(temporary.path)/run"))
          .write(to: "\(temporary.path)/bench") == ["\(temporary.path)/bench/results/a/4.hdf5"])
    }
    #expect(try temporary.text("bench/results/a/4.hdf5") == "raw")
  }

  @Test func aRawResultThatIsGoneIsNamed() throws {
    let temporary = try TemporaryFolder()
    let path = "\(temporary.path)/run/results/a/4.hdf5"
    #expect(throws: ReportError.cannotRead(path: path)) {
      try AnnBenchmarksExporter().export(SweepResults(records: [.fixture()], folder: "\(temporary.path)/run"))
        .write(to: "\(temporary.path)/bench")
    }
    // A pipe in its place would never end.
    _ = try OutputFolder(creating: "\(temporary.path)/run/results/a")
    try #require(mkfifo(path, 0o600) == 0)
    #expect(throws: ReportError.cannotRead(path: path)) {
      try AnnBenchmarksExporter().export(SweepResults(records: [.fixture()], folder: "\(temporary.path)/run"))
        .write(to: "\(temporary.path)/bench")
    }
  }
}
