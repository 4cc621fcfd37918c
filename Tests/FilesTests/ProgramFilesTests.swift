import Foundation
import Testing

@testable import Files

@Suite struct ProgramFilesTests {
  private func files(_ program: String) -> ProgramFiles { ProgramFiles(ofProgram: URL(filePath: program)) }

  @Test(arguments: ["/clone/.build/release/recallbench", "/clone/.build/x86_64-unknown-linux-gnu/debug/recallbench"])
  func aProgramOfACloneHasThoseOfTheClone(program: String) {
    let files = files(program)
    #expect(files.datasets == "/clone/datasets" && files.charts == "/clone/.build/charts")
    #expect(files.command(in: "/clone") == ".build/release/recallbench")
    #expect(files.command(in: "/elsewhere") == "/clone/.build/release/recallbench")
  }

  @Test func anInstalledProgramHasThoseOfItsPrefix() {
    let files = files("/opt/tools/bin/recallbench")
    #expect(files.datasets == "/opt/tools/share/recallbench/datasets")
    #expect(files.charts == "/opt/tools/share/recallbench/charts" && files.command == "recallbench")
  }

  @Test func linksToTheProgramAreFollowed() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "recallbench-\(UUID().uuidString)")
      .resolvingSymlinksInPath()
    let bin = folder.appending(path: "prefix/bin")
    try FileManager.default.createDirectory(at: bin, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (program, link) = (bin.appending(path: "recallbench"), folder.appending(path: "link"))
    try Data().write(to: program)
    try FileManager.default.createSymbolicLink(at: link, withDestinationURL: program)
    #expect(ProgramFiles(ofProgram: link) == ProgramFiles(ofProgram: program))
    #expect(ProgramFiles(ofProgram: link).datasets.hasSuffix("/prefix/share/recallbench/datasets"))
  }
}
