import Foundation
import Testing

@testable import RecallBenchCLI

@Suite struct CrashNoticeTests {
  @Test func aFileThatCrashesTheLibraryIsBlamedInOneLine() throws {
    let workspace = try Workspace()
    // The text of `distance` lies in a heap whose first object, at byte 16, states its own length at byte 24.
    var bytes = try Data(contentsOf: URL(filePath: workspace.dataset))
    let heap = try #require(bytes.range(of: Data("GCOL".utf8))).lowerBound
    bytes.replaceSubrange(heap + 24..<heap + 32, with: [0, 0, 0, 0, 0, 1, 0, 0])
    try bytes.write(to: URL(filePath: workspace.dataset))

    let ended = try BuiltProgram.run([
      "run", "--dataset", workspace.dataset, "--index", "flat", "--out", workspace.output,
      "--allow-debug",
    ])
    #expect(ended.code == 1)
    // A later version of the library may refuse the file by itself.
    let complaint = ended.errors.split(separator: "\n").filter { $0.hasPrefix("recallbench: ") }
    #expect(complaint.count == 1 && complaint.first?.hasPrefix("recallbench: \(workspace.dataset): ") == true)
    #expect(ended.errors.hasSuffix("\(complaint.first ?? "")\n"))
    #expect(workspace.outputContents == nil)
  }

  @Test func withoutACrashNothingIsSaid() throws {
    #expect(CrashNotice.during("crashed") { 7 } == 7)
    #expect(throws: CancellationError.self) { try CrashNotice.during("crashed") { throw CancellationError() } }
  }
}
