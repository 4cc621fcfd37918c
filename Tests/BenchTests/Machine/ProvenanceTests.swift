import Testing

@testable import Bench

@Suite struct ProvenanceTests {
  @Test func theCommitIsShortHexadecimalOrEmptyOutsideARepository() {
    #expect(Provenance.current().commit.wholeMatch(of: /|[0-9a-f]{7,40}(-dirty)?/) != nil)
  }

  @Test func theMachineIsNamed() {
    #expect(!Provenance.current().cpu.isEmpty && !Provenance.current().system.isEmpty)
    #expect(["scalar", "avx2", "avx512", "neon"].contains(Provenance.instructionSet))
  }
}
