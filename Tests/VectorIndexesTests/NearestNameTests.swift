import Testing
import VectorIndexes

@Suite struct NearestNameTests {
  @Test(arguments: [
    ("ivfflat", "ivf-flat"), ("flta", "flat"), ("FLAT", "flat"), ("ivf-fla", "ivf-flat"), ("fractals", "fractal"),
  ])
  func findsWhatWasMeant(typed: String, meant: String) {
    #expect(nearestName(to: typed, among: ["ivf-flat", "fractal", "flat"]) == meant)
  }

  @Test func staysSilentWhenNothingIsClose() {
    #expect(nearestName(to: "hnsw", among: ["flat", "ivf-flat"]) == nil)
    #expect(nearestName(to: "", among: ["flat"]) == nil)
    #expect(nearestName(to: "flat", among: []) == nil)
  }

  @Test func prefersTheNearest() {
    #expect(nearestName(to: "nprob", among: ["nlist", "nprobes", "nprobe"]) == "nprobe")
    #expect(nearestName(to: "ab", among: ["ac", "ad"]) == "ac", "ties go to the first")
  }
}
