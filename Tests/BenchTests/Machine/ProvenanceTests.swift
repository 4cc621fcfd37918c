import Foundation
import Testing

@testable import Bench

@Suite struct ProvenanceTests {
  @Test func theCommitIsTheOneThatIsSaid() {
    #expect(Provenance.current(commit: "abc1234-dirty").commit == "abc1234-dirty")
  }

  @Test func theMachineAndTheProgramAreNamed() {
    let provenance = Provenance.current(commit: "")
    #expect(!provenance.cpu.isEmpty && !provenance.system.isEmpty && provenance.programSHA256.count == 64)
    #expect(["scalar", "avx2", "avx512", "neon"].contains(Provenance.instructionSet))
  }

  @Test func recordsOfEarlierVersionsAreRead() throws {
    let text = """
      {"commit":"abc","configuration":"release","cpu":"c","simd":"avx2","swift":"6.2","system":"s","version":"0.1.0"}
      """
    let old: Provenance = try LedgerJSON.value(text)
    #expect(old.commit == "abc" && old.simd == "avx2" && old.programSHA256.isEmpty && old.disturbances.isEmpty)
    var new = old
    (new.programSHA256, new.disturbances) = ("ab", ["slow=2@head"])
    let back: Provenance = try LedgerJSON.value(LedgerJSON.text(new))
    #expect(back == new)
  }

  @Test func whatTellsProgramsApartIsNamed() {
    var one = Provenance(commit: "abc", cpu: "c", system: "s")
    one.programSHA256 = "01"
    #expect(one.difference(from: one) == nil)
    for (change, text): ((inout Provenance) -> Void, String) in [
      ({ $0.programSHA256 = "02" }, "another build of the program"),
      ({ $0.simd = "abacus" }, "other kernels (abacus, now \(one.simd))"),
      ({ $0.disturbances = ["crash@flat"] }, "other disturbances (crash@flat, now none)"),
    ] {
      var other = one
      change(&other)
      #expect(one.difference(from: other) == text && one.identity != other.identity)
    }
    let moved = Provenance(commit: "def", cpu: "c", system: "s")
    #expect(one.difference(from: moved) == "a program of another commit (def, now abc)")
  }
}
