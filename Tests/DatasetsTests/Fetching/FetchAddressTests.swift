import Foundation
import Testing

@testable import Datasets

struct FetchAddressTests {
  private func fault(of text: String) -> FetchAddress.Fault? {
    do throws(FetchError) { _ = try FetchAddress(text) } catch {
      #expect(!error.description.contains("\n"))
      if case .malformedAddress(text, let fault) = error { return fault }
      Issue.record("\(error)")
    }
    return nil
  }

  private func dataset(_ text: String) throws -> HuggingFaceDataset {
    guard case .huggingFace(let dataset)? = try FetchAddress(text) else { throw FetchAddress.Fault.huggingFace }
    return dataset
  }

  @Test(arguments: ["sift-128-euclidean", "vibe/yi-128-ip", ""]) func aNameIsNoAddress(text: String) throws {
    #expect(try FetchAddress(text) == nil)
  }

  @Test(arguments: [
    ("https://example.org/a/base.1B.u8bin", "base.1B.u8bin"),
    ("HTTP://example.org/my%20file.npy?download=1#x", "my file.npy"),
    ("https://example.org:8443/%E2%82%AC.fvecs", "€.fvecs"),
  ])
  func aFileIsCalledByTheLastPartOfItsAddress(text: String, name: String) throws {
    guard case .file(_, name)? = try FetchAddress(text) else {
      Issue.record("no file")
      return
    }
  }

  @Test(arguments: [
    "file:///etc/passwd", "ftp://example.org/a", "data:,x", "gopher://x/", "s3://bucket/a", "C:\\a.npy",
  ])
  func otherProtocolsAreRefused(text: String) {
    let scheme = text.prefix { $0 != ":" }.lowercased()
    #expect(fault(of: text) == .scheme(scheme))
  }

  @Test(arguments: ["https://", "https:///a.npy", "http:a.npy"]) func anAddressHasAHost(text: String) {
    #expect(fault(of: text) == .malformed)
  }

  @Test(arguments: ["https://me:secret@example.org/a.npy", "https://me@example.org/a.npy"])
  func passwordsAreNotTakenAndNotShown(text: String) {
    #expect(fault(of: text) == .credentials)
    #expect(!FetchError.malformedAddress(text, .credentials).description.contains("example.org"))
  }

  @Test(arguments: [
    "", "/", "/a/", "/%2e%2e", "/..%2Fevil.npy", "/%2Fetc%2Fpasswd", "/a%5Cb.npy", "/a%0Ab.npy", "/a%00.npy",
    "/a%1B.npy",
    "/.hidden", "/catalog.yml", "/Checksums.yml", "/a.npy.partial", "/a%E2%80%AEypn.x", "/%FF.npy",
  ])
  func namesThatLeaveTheFolderOrMisleadAreRefused(path: String) {
    guard case .fileName = fault(of: "https://example.org" + path) else {
      Issue.record("accepted")
      return
    }
  }

  @Test func longNamesAreRefused() {
    #expect(fault(of: "https://example.org/" + String(repeating: "a", count: 255)) == nil)
    let name = String(repeating: "a", count: 256)
    #expect(fault(of: "https://example.org/" + name) == .fileName(name))
  }

  @Test func datasetsOfHuggingFaceAreRead() throws {
    let whole = try dataset("hf://owner/set")
    #expect(whole.owner == "owner" && whole.set == "set" && whole.path == nil && whole.revision == "main")
    #expect(whole.folder == "owner/set")
    #expect(try dataset("hf://owner/set/") == whole && (try dataset("hf://datasets/owner/set")) == whole)
    let part = try dataset("hf://Some.Owner/a-set_2/data/de/train-00000-of-00002.parquet@refs/convert/parquet")
    #expect(part.folder == "Some.Owner/a-set_2" && part.revision == "refs/convert/parquet")
    #expect(part.path?.text == "data/de/train-00000-of-00002.parquet")
    #expect(try dataset("hf://o/s/a@b/c.npy@v1.0").path?.text == "a@b/c.npy")
    #expect(try dataset("hf://o/s/data/").path?.text == "data")
  }

  @Test(arguments: [
    "hf:owner/set", "hf://", "hf://owner", "hf://owner/", "hf:///set", "hf://../set", "hf://owner/..", "hf://.git/set",
    "hf://owner/set/../../x", "hf://owner/set//x", "hf://owner/set/a\\b", "hf://owner/set/a\nb", "hf://owner/set@",
    "hf://owner/set@../x", "hf://owner/set@a?b", "hf://owner/se t", "hf://own%65r/set", "hf://catalog.yml/set",
  ])
  func otherFormsOfHuggingFaceAreRefused(text: String) { #expect(fault(of: text) == .huggingFace) }

  @Test(arguments: ["", "a b", "a\nAuthorization: x", "é"]) func aTokenIsOneWord(text: String) throws {
    #expect(throws: FetchError.malformedToken) { try HuggingFaceToken(text) }
    #expect(try HuggingFaceToken("hf_abcXYZ019").text == "hf_abcXYZ019")
  }
}
