import Testing
import VectorCore

@Suite struct NearestNameTests {
  @Test(arguments: [
    ("ivfflat", "ivf-flat"), ("flta", "flat"), ("FLAT", "flat"), ("ivf-fla", "ivf-flat"), ("fractals", "fractal"),
  ])
  func findsWhatWasMeant(typed: String, meant: String) {
    #expect(nearestName(to: typed, among: ["ivf-flat", "fractal", "flat"]) == meant)
  }

  @Test(arguments: ["mnist-784-euclidian", "MNIST-784-EUCLIDEAN", "mnist784-euclidean"])
  func findsLongNames(typed: String) {
    let known = ["glove-25-angular", "mnist-784-euclidean", "glove-200-angular"]
    #expect(nearestName(to: typed, among: known) == "mnist-784-euclidean")
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
