import Foundation
import Testing

/// Every shell block of every document works as it is pasted, and every Swift block is compiled.
///
/// A block opened by ```` ```sh ```` alone is run. What follows `sh` says why a block is not: it needs a network, minutes, or
/// the package manager.
@Suite struct DocumentBlockTests {
  /// A folder that looks like the project after `make build`: its program, its sweeps, and in place of the shipped
  /// datasets small ones, so that a debug build takes seconds.
  private func makeProject(_ workspace: Workspace) throws {
    let files = FileManager.default
    let project = URL(filePath: workspace.path)
    for folder in [".build/release", "datasets", "reports"] {
      try files.createDirectory(at: project.appending(path: folder), withIntermediateDirectories: true)
    }
    let program = project.appending(path: ".build/release/recallbench").path(percentEncoded: false)
    let built = try Workspace.program().path(percentEncoded: false)
    try """
    #!/bin/sh
    # Figures of a debug build mean nothing, which the documents need not say.
    case "$1" in run|tune) exec '\(built)' "$@" --allow-debug;; *) exec '\(built)' "$@";; esac
    """.write(toFile: program, atomically: true, encoding: .utf8)
    try files.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
    let datasets = Document.root.appending(path: "datasets")
    for name in try files.contentsOfDirectory(atPath: datasets.path(percentEncoded: false)) {
      let (from, to) = (datasets.appending(path: name), project.appending(path: "datasets/\(name)"))
      if name.hasSuffix(".hdf5") {
        try files.copyItem(at: URL(filePath: workspace.dataset), to: to)
      } else {
        try files.createSymbolicLink(at: to, withDestinationURL: from)
      }
    }
  }

  /// Each document begins in a project of its own: it needs nothing that another one has made.
  @Test(arguments: Document.all.filter { $0.blocks.contains { $0.language == "sh" && $0.excuse.isEmpty } })
  func everyShellBlockWorksAsPasted(document: Document) throws {
    let workspace = try Workspace()
    try makeProject(workspace)
    for block in document.blocks where block.language == "sh" && block.excuse.isEmpty {
      let process = Process()
      process.executableURL = URL(filePath: "/bin/sh")
      process.arguments = ["-euc", block.text]
      process.currentDirectoryURL = URL(filePath: workspace.path)
      process.environment = ProcessInfo.processInfo.environment
        .merging(["RECALLBENCH_CACHE": "\(workspace.path)/cache"]) { $1 }
      let output = Pipe()
      process.standardOutput = output
      process.standardError = output
      try process.run()
      let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      #expect(process.terminationStatus == 0, "\(document.path):\(block.line): \(text.suffix(1000))")
    }
  }

  @Test func theReadMeAndMostArticlesAreTried() throws {
    let tried = Document.all.filter { $0.blocks.contains { $0.language == "sh" && $0.excuse.isEmpty } }
    #expect(tried.contains { $0.path == "README.md" })
    #expect(tried.count >= 6)
  }

  /// Lines of a Swift block follow each other in a file of the tests, indented by any amount.
  @Test func everySwiftBlockIsCompiled() throws {
    let tests = Document.root.appending(path: "Tests").path(percentEncoded: false)
    let paths = FileManager.default.enumerator(atPath: tests)?.allObjects as? [String] ?? []
    let sources = try paths.filter { $0.hasSuffix(".swift") }
      .map { Self.trimmed(try String(contentsOfFile: "\(tests)/\($0)", encoding: .utf8)) }
    var count = 0
    for document in Document.all {
      for block in document.blocks where block.language == "swift" && block.excuse.isEmpty {
        count += 1
        let text = Self.trimmed(block.text)
        let isCompiled = sources.contains { $0.contains(text) }
        #expect(isCompiled, "\(document.path):\(block.line) is part of no test")
      }
    }
    #expect(count >= 4)
  }

  private static func trimmed(_ text: String) -> String {
    "\n" + text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }.joined(separator: "\n") + "\n"
  }

  @Test func whatIsNotTestedSaysWhy() throws {
    for document in Document.all {
      for block in document.blocks where !block.excuse.isEmpty {
        #expect(block.excuse.hasPrefix("not tested: "), "\(document.path):\(block.line)")
      }
      #expect(document.blocks.allSatisfy { !$0.language.isEmpty }, "\(document.path): a block without a language")
    }
  }
}
