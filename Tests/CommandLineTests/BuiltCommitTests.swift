import Foundation
import Testing

/// The commit that is built into the program, and the script that asks git for it.
@Suite struct BuiltCommitTests {
  private static let script = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../Sources/BuiltCommit/commit.sh").standardizedFileURL.path(percentEncoded: false)

  /// Runs a shell script in a folder; nil where it fails.
  @discardableResult private func shell(_ text: String, in folder: String) throws -> String? {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["-euc", text]
    process.currentDirectoryURL = URL(filePath: folder)
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { return nil }
    return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
  }

  private func commit(_ workspace: Workspace, of package: String) throws -> String? {
    let text = try shell("sh '\(Self.script)' '\(package)' out.swift; cat out.swift", in: workspace.path)
    return text?.firstMatch(of: /^enum BuiltCommit { static let text = "(.*)" }$/).map { String($0.output.1) }
  }

  @Test func theScriptTellsTheCommitOfThePackageAlone() throws {
    let workspace = try Workspace()
    let package = "\(workspace.path)/package"
    let git = "git -c user.name=n -c user.email=e -C '\(package)'"
    // No repository, as in an archive of the sources.
    try shell("mkdir -p '\(package)/Sources'; echo 1 > '\(package)/Sources/a.swift'", in: workspace.path)
    #expect(try commit(workspace, of: package) == "")
    try #require(
      try shell("\(git) init -q; \(git) add .; \(git) commit -qm one", in: workspace.path) != nil, "git is needed")
    let first = try shell("\(git) rev-parse --short HEAD", in: workspace.path)
    #expect(try commit(workspace, of: package) == first)
    // Other files are not compiled; a new source file is.
    try shell("echo 1 > '\(package)/notes'", in: workspace.path)
    #expect(try commit(workspace, of: package) == first)
    try shell("echo 1 > '\(package)/Sources/b.swift'", in: workspace.path)
    #expect(try commit(workspace, of: package) == first.map { $0 + "-dirty" })
    // A package that lies in another project's repository has no commit of its own.
    try shell("mkdir '\(package)/vendored'", in: workspace.path)
    #expect(try commit(workspace, of: "\(package)/vendored") == "")
  }

  @Test func anUnchangedCommitLeavesTheFileAsItIs() throws {
    let workspace = try Workspace()
    func changed() throws -> String? {
      _ = try commit(workspace, of: workspace.path)
      return try shell("ls -i --time-style=full-iso -l out.swift || stat -f %Fm out.swift", in: workspace.path)
    }
    #expect(try changed() == changed())
  }

  /// The folder that the program is run in is of no account.
  @Test func aRunRecordsTheProgramsCommit() throws {
    let workspace = try Workspace()
    try shell(
      "git init -q; git -c user.name=n -c user.email=e commit -q --allow-empty -m other", in: workspace.path)
    let program = try Workspace.program().path(percentEncoded: false)
    let version = try #require(try shell("'\(program)' --version", in: workspace.path))
    let built = version.firstMatch(of: /commit ([0-9a-f]+(?:-dirty)?),/).map { String($0.output.1) } ?? ""
    let run = "'\(program)' run --dataset '\(workspace.dataset)' --out out --index flat --allow-debug --quiet --runs 1"
    #expect(try shell(run, in: workspace.path) != nil)
    #expect(try workspace.rows().map { $0["commit"] } == [built])
  }
}
