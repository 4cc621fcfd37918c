import Foundation
import PackagePlugin

/// Writes `BuiltCommit.text` for an executable: the commit that it is built from.
///
/// A build command, and not the manifest's `Context.gitInformation`, which SwiftPM caches with the manifest. It runs
/// when a source file or git's own files have changed, and changes its output only when the commit is another one.
@main
struct BuiltCommit: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: Target) throws -> [Command] {
    let root = context.package.directoryURL
    let script = root.appending(path: "Sources/BuiltCommit/commit.sh")
    let output = context.pluginWorkDirectoryURL.appending(path: "BuiltCommit.swift")
    return [
      .buildCommand(
        displayName: "Asking git for the commit", executable: URL(filePath: "/bin/sh"),
        arguments: [script, root, output].map { $0.path(percentEncoded: false) },
        inputFiles: [script, root.appending(path: "Package.swift")] + Self.sources(of: root) + Self.gitFiles(of: root),
        outputFiles: [output])
    ]
  }

  /// Every file that a program is made of: a change of one of them makes the build a dirty one.
  private static func sources(of root: URL) -> [URL] {
    let files = FileManager.default.enumerator(
      at: root.appending(path: "Sources"), includingPropertiesForKeys: [.isRegularFileKey])
    return (files?.compactMap { $0 as? URL } ?? []).filter {
      (try? $0.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile) == true
    }
  }

  /// The files of the repository that change with every commit, checkout and reset; none outside a repository.
  private static func gitFiles(of root: URL) -> [URL] {
    var folder = root.appending(path: ".git")
    // In a worktree of its own, a file says where the folder is.
    if let text = try? String(contentsOf: folder, encoding: .utf8), text.hasPrefix("gitdir: ") {
      let path = text.dropFirst("gitdir: ".count).trimmingCharacters(in: .whitespacesAndNewlines)
      folder = URL(filePath: path, relativeTo: root)
    }
    return ["HEAD", "logs/HEAD", "index"].map { folder.appending(path: $0) }.filter {
      FileManager.default.fileExists(atPath: $0.path(percentEncoded: false))
    }
  }
}
