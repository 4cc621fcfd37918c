import Testing

@testable import Datasets

struct NearestNameTests {
  @Test(arguments: [
    ("mnist-784-euclidian", "mnist-784-euclidean"), ("GLOVE-25-ANGULAR", "glove-25-angular"),
    ("glove25-angular", "glove-25-angular"),
  ])
  func aMisspeltNameFindsItsLikeliest(_ name: String, _ expected: String) {
    let known = ["mnist-784-euclidean", "glove-25-angular", "glove-200-angular"]
    #expect(nearestName(to: name, among: known) == expected)
  }

  @Test func nothingIsNearToEverything() {
    #expect(nearestName(to: "kosarak", among: ["mnist-784-euclidean"]) == nil)
    #expect(nearestName(to: "kosarak", among: []) == nil)
  }
}
