import Foundation
import Testing

@testable import Datasets

struct SHA256Tests {
  /// FIPS 180-4's examples.
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ])
  func digestsAreThoseOfTheStandard(_ text: String, _ digest: String) throws {
    let folder = TemporaryFolder()
    try folder.write("text", Data(text.utf8))
    #expect(SHA256.ofFile(folder.file("text")) == digest)
  }

  @Test func piecesMakeNoDifference() throws {
    let folder = TemporaryFolder()
    // A million times "a" is FIPS 180's long example; it is longer than half the read buffer, twice is longer than it.
    let million = Data(repeating: UInt8(ascii: "a"), count: 1_000_000)
    try folder.write("million", million)
    let digest = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
    #expect(SHA256.ofFile(folder.file("million")) == digest)
    var hash = SHA256()
    for start in stride(from: 0, to: million.count, by: 777) {
      million[start..<min(start + 777, million.count)].withUnsafeBytes { hash.update($0) }
    }
    #expect(hash.finalize() == digest)
  }

  @Test func aMissingFileHasNoDigest() {
    #expect(SHA256.ofFile("/nowhere/file") == nil)
  }

  @Test func pipesAndDevicesAreNotWaitedFor() throws {
    let folder = TemporaryFolder()
    try #require(mkfifo(folder.file("pipe"), 0o600) == 0)
    for path in [folder.file("pipe"), "/dev/zero", "/"] { #expect(SHA256.ofFile(path) == nil, "\(path)") }
  }
}
