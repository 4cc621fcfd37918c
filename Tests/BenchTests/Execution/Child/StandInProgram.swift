import Foundation
import TestSupport

@testable import Bench

extension TemporaryFolder {
  /// Writes a shell script that stands in for the measuring program: it reads its order and goes on as the script says,
  /// in which `$count` tells the how manieth process of it runs.
  func standIn(_ name: String, _ script: String) throws -> String {
    let program = "\(path)/\(name)"
    let text = """
      #!/bin/sh
      read -r order || exit 1
      echo x >> "\(program).count"
      count=$(wc -l < "\(program).count")
      \(script)
      """
    try text.write(toFile: program, atomically: true, encoding: .utf8)
    chmod(program, 0o755)
    // Another test's process, between its fork and its exec, may still hold the file open for writing.
    while ChildProcess(program: program, words: []) == nil, errno == ETXTBSY { usleep(1000) }
    try? FileManager.default.removeItem(atPath: "\(program).count")
    return program
  }
}
