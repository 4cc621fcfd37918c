import Foundation
import Testing

/// `make install` and `make uninstall`, into a folder of the test's own.
@Suite struct InstallTests {
  /// Runs a script in a shell whose `HOME` is not set.
  private func shell(_ script: String, in folder: String) throws -> (code: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["-euc", script]
    process.currentDirectoryURL = URL(filePath: folder)
    process.environment = ProcessInfo.processInfo.environment.filter {
      $0.key != "HOME" && !$0.key.hasPrefix("RECALLBENCH_") && !$0.key.hasPrefix("MAKE")
    }
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, text)
  }

  /// Paths below a folder, sorted; folders only where they are empty.
  private func contents(of folder: String) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: folder).filter { path in
      var isFolder: ObjCBool = false
      let path = "\(folder)/\(path)"
      _ = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      return try !isFolder.boolValue || FileManager.default.contentsOfDirectory(atPath: path).isEmpty
    }.sorted()
  }

  @Test func theInstalledProgramNeedsNothingElseAndNothingOfItStays() throws {
    let workspace = try Workspace()
    let (stage, empty) = (workspace.path + "/stage area", workspace.path + "/empty")
    try FileManager.default.createDirectory(atPath: empty, withIntermediateDirectories: false)
    // A clone of which the tests have built the program; charts are drawn by whatever `make deps` has found, or not.
    let make = """
      make PREFIX=/opt/tools DESTDIR='\(stage)' CHARTS='\(workspace.path)/charts' \
      RECALLBENCH='\(try Workspace.program().path(percentEncoded: false))'
      """
    try FileManager.default.createDirectory(atPath: workspace.path + "/charts", withIntermediateDirectories: false)
    try Data("// vega".utf8).write(to: URL(filePath: workspace.path + "/charts/vega.js"))
    let root = Document.root.path(percentEncoded: false)
    let (code, output) = try shell("\(make) install", in: root)
    try #require(code == 0, "\(output)")
    let prefix = stage + "/opt/tools"
    #expect(
      try contents(of: prefix) == [
        "bin/recallbench", "include/recallbench_index.h", "share/bash-completion/completions/recallbench",
        "share/fish/vendor_completions.d/recallbench.fish", "share/man/man1/recallbench.1",
        "share/recallbench/charts/vega.js", "share/recallbench/datasets/checksums.yml",
        "share/recallbench/datasets/debian-minilm-4k-384-angular.hdf5", "share/recallbench/datasets/gate.yml",
        "share/recallbench/datasets/photo-sift-20k-128-euclidean.hdf5",
        "share/recallbench/datasets/runbooks/sliding-window.yaml",
        "share/recallbench/datasets/sweeps/full.yml", "share/recallbench/datasets/sweeps/nightly.yml",
        "share/recallbench/datasets/sweeps/peers.yml", "share/recallbench/datasets/sweeps/quick.yml",
        "share/recallbench/datasets/sweeps/scale.yml",
        "share/zsh/site-functions/_recallbench",
      ])

    let used = try shell(
      """
      PATH="\(prefix)/bin:$PATH"
      recallbench datasets list | grep -c '  here '
      recallbench datasets show photo-sift-20k-128-euclidean
      recallbench run --dataset debian-minilm-4k-384-angular --index flat --queries 2 --runs 1 --allow-debug --quiet
      grep -c '// vega' reports/latest/report.html
      grep -o 'recallbench run --dataset [a-z0-9-]*' reports/latest/report.html | sort -u
      recallbench plan "\(prefix)/share/recallbench/datasets/sweeps/quick.yml" > plan.txt
      ls
      """, in: empty)
    #expect(used.code == 0, "\(used.output)")
    let lines = used.output.split(separator: "\n").map(String.init)
    #expect(
      lines.first == "2"
        && lines.contains { $0.contains("share/recallbench/datasets/photo-sift-20k-128-euclidean.hdf5") })
    #expect(lines.suffix(4) == ["1", "recallbench run --dataset debian-minilm-4k-384-angular", "plan.txt", "reports"])

    #expect(try shell("\(make) install", in: root).code == 0)
    try FileManager.default.createDirectory(atPath: prefix + "/share/another", withIntermediateDirectories: false)
    #expect(try shell("\(make) uninstall", in: root).code == 0)
    #expect(try contents(of: prefix) == ["share/another"])
    #expect(try shell("\(make) uninstall", in: root).code == 0)
  }
}
