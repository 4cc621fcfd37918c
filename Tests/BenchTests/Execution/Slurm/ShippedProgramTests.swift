import Datasets
import Foundation
import TestSupport
import Testing

@testable import Bench

@Suite struct ShippedProgramTests {
  private let temporary: TemporaryFolder
  /// A program that tells its words, and has libraries beside that of C.
  private let program = "/usr/bin/env"

  init() throws { temporary = try TemporaryFolder() }

  private func names(_ folder: String) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: folder).sorted()
  }

  @Test func aCopyIsRunByItsLauncherAndMadeOnce() throws {
    let digest = try #require(SHA256.ofFile(program))
    let shipped = try ShippedProgram.ship(program, sha256: digest, to: temporary.path)
    #expect(SHA256.ofFile(shipped.path) == digest && shipped.sha256 == digest)
    #expect(SystemCommand.output(of: [shipped.launcher, "echo", "two words"]) == "two words")
    let before = try FileManager.default.attributesOfItem(atPath: shipped.path)[.systemFileNumber] as? Int
    #expect(try ShippedProgram.ship(program, sha256: digest, to: temporary.path) == shipped)
    #expect(try FileManager.default.attributesOfItem(atPath: shipped.path)[.systemFileNumber] as? Int == before)
    // The same program under another name is there already.
    let other = "\(temporary.path)/other"
    try FileManager.default.copyItem(atPath: program, toPath: other)
    #expect(try ShippedProgram.ship(other, sha256: digest, to: temporary.path) == shipped)
  }

  @Test func aCopyWithAChangedFileIsMadeAgain() throws {
    // A program with libraries of its own, as this test is one.
    let program = try #require(Bundle.main.executablePath)
    let digest = try #require(SHA256.ofFile(program))
    let shipped = try ShippedProgram.ship(program, sha256: digest, to: temporary.path)
    let folder = "\(temporary.path)/programs/\(digest)"
    let all = try names(folder)
    let library = try #require(all.first { $0.hasPrefix("lib/") })
    for name in [library, "run", "contents.json"] {
      try "changed".write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
      #expect(try ShippedProgram.ship(program, sha256: digest, to: temporary.path) == shipped)
      #expect(try String(contentsOfFile: "\(folder)/\(name)", encoding: .isoLatin1) != "changed")
    }
    #expect(try names(folder) == all)
  }

  @Test func aProgramThatWasReplacedMeanwhileIsNotShipped() throws {
    let digest = String(repeating: "0", count: 64)
    #expect { _ = try ShippedProgram.ship(program, sha256: digest, to: temporary.path) } throws: {
      "\($0)" == "\(program): was replaced while this command ran; start the command again"
    }
    #expect(try names("\(temporary.path)/programs").isEmpty)
  }
}
