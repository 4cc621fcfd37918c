import Foundation
import Reports
import TestSupport
import Testing

@Suite struct OutputFileTests {
  private let temporary: TemporaryFolder

  init() throws { temporary = try TemporaryFolder() }

  @Test func theFolderIsCreatedAndTheFileWritten() throws {
    try OutputFile("\(temporary.path)/a/b/file.csv").write("text")
    #expect(try temporary.text("a/b/file.csv") == "text")
  }

  @Test func aFolderInItsPlaceIsFoundBeforeAnythingIsWritten() {
    for path in [temporary.path, temporary.path + "/"] {
      #expect(throws: ReportError.cannotWrite(path: path, code: EISDIR)) { try OutputFile(path) }
    }
  }
}
