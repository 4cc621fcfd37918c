import Foundation
import Testing

/// Every shell block of the README works as it is pasted.
///
/// A block opened by ```` ```sh ```` alone is run. What stands after `sh` says why a block is not: it needs a network, hours,
/// or the package manager.
@Suite struct ReadMeTests {
  private struct Block {
    let line: Int
    let excuse: String
    var text = ""
  }

  private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
    .standardizedFileURL.path(percentEncoded: false)

  private static func blocks() throws -> [Block] {
    var blocks: [Block] = []
    var isInside = false
    let text = try String(contentsOfFile: "\(root)/README.md", encoding: .utf8)
    for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      if isInside, line == "```" {
        isInside = false
      } else if isInside {
        blocks[blocks.count - 1].text += line + "\n"
      } else if line.hasPrefix("```sh") {
        isInside = true
        blocks.append(Block(line: number + 1, excuse: String(line.dropFirst(5).trimmingPrefix(" "))))
      }
    }
    return blocks
  }

  /// A folder that looks like the project after `make build`: its program, its sweeps, and in place of the shipped
  /// datasets small ones, so that a debug build takes seconds.
  private func makeProject(_ workspace: Workspace) throws {
    let files = FileManager.default
    let (project, real) = (URL(filePath: workspace.path), URL(filePath: Self.root))
    for folder in [".build/release", "datasets", "reports"] {
      try files.createDirectory(at: project.appending(path: folder), withIntermediateDirectories: true)
    }
    let program = project.appending(path: ".build/release/recallbench").path(percentEncoded: false)
    let built = try Workspace.program().path(percentEncoded: false)
    try """
    #!/bin/sh
    # Figures of a debug build mean nothing, which the README needs not tell.
    case "$1" in run|bench) exec '\(built)' "$@" --allow-debug;; *) exec '\(built)' "$@";; esac
    """.write(toFile: program, atomically: true, encoding: .utf8)
    try files.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
    for name in try files.contentsOfDirectory(atPath: real.appending(path: "datasets").path(percentEncoded: false)) {
      let (from, to) = (real.appending(path: "datasets/\(name)"), project.appending(path: "datasets/\(name)"))
      if name.hasSuffix(".hdf5") {
        try files.copyItem(at: URL(filePath: workspace.dataset), to: to)
      } else {
        try files.createSymbolicLink(at: to, withDestinationURL: from)
      }
    }
  }

  @Test func everyBlockWorksAsPasted() throws {
    let workspace = try Workspace()
    try makeProject(workspace)
    let blocks = try Self.blocks()
    #expect(blocks.count { $0.excuse.isEmpty } >= 3)
    for block in blocks where block.excuse.isEmpty {
      let process = Process()
      process.executableURL = URL(filePath: "/bin/sh")
      process.arguments = ["-euc", block.text]
      process.currentDirectoryURL = URL(filePath: workspace.path)
      let output = Pipe()
      process.standardOutput = output
      process.standardError = output
      try process.run()
      let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      #expect(process.terminationStatus == 0, "README.md:\(block.line): \(text.suffix(1000))")
    }
  }

  @Test func whatIsNotRunSaysWhy() throws {
    for block in try Self.blocks() where !block.excuse.isEmpty {
      #expect(block.excuse.hasPrefix("not tested: "), "README.md:\(block.line)")
    }
  }

  @Test func whatTheReadMeShowsIsThere() throws {
    let text = try String(contentsOfFile: "\(Self.root)/README.md", encoding: .utf8)
    let places = text.matches(of: /\]\(([^)#:]+)(?:#[^)]*)?\)/).map { String($0.output.1) }
    #expect(places.count >= 5)
    for place in places { #expect(FileManager.default.fileExists(atPath: "\(Self.root)/\(place)"), "\(place)") }
  }
}
