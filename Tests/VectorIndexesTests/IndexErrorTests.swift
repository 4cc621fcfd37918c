import Testing
import VectorCore
import VectorIndexes

@Suite struct IndexErrorTests {
  @Test(arguments: [
    (IndexError.notTrained(kind: "ivf-flat"), ["ivf-flat", "train it"]),
    (.alreadyTrained(kind: "ivf-flat"), ["ivf-flat", "retrain"]),
    (.dimensionMismatch(expected: 128, got: 96), ["96", "128"]),
    (.notFinite(row: 3, component: 17, value: .infinity), ["component 17", "vector 3", "inf"]),
    (.metricMismatch(index: .euclidean, asked: .angular), ["euclidean", "angular"]),
    (
      .unsupportedMetric(kind: "ivf-pq", metric: .hamming, supported: [.euclidean, .dot]),
      ["hamming", "euclidean, dot"]
    ),
    (.duplicateID(42), ["42", "replace"]),
    (.countMismatch(what: "ids", expected: 5, got: 4), ["4 ids", "5 vectors"]),
    (.tooFewVectors(what: "training nlist = 256 clusters", needed: 256, got: 9), ["256", "9"]),
    (.clusterIDsExhausted(next: 77), ["77", "new index"]),
    (.sequencesExhausted(next: 78), ["78", "new index"]),
    (.invalidFilter(reason: "too deep"), ["too deep"]),
    (.invalidParameter(name: "nlist", value: "0", expected: "an integer, 1…65536"), ["nlist", "0", "1…65536"]),
    (.unknownParameter(name: "nlsit", kind: "ivf-flat", known: ["nlist", "niter"]), ["nlsit", "did you mean nlist?"]),
    (.unknownParameter(name: "nprobe", kind: "flat", known: []), ["flat", "nprobe", "none"]),
    (.unknownKind(name: "hnsw", known: ["flat", "ivf-flat"]), ["hnsw", "flat, ivf-flat"]),
    (.unknownKind(name: "ivfflat", known: ["flat", "ivf-flat"]), ["did you mean ivf-flat?"]),
  ])
  func saysWhatAndWhereOnOneLine(error: IndexError, parts: [String]) {
    let text = String(describing: error)
    #expect(!text.contains("\n"))
    for part in parts { #expect(text.contains(part), "\(text)") }
  }
}
