import Files
import Testing

struct PathComponentTests {
  @Test(arguments: [
    ("sift-128", "sift-128"), ("", "_"), (".", "_."), ("..", "_.."), (".hidden", "_.hidden"), ("../up/x", "_.._up_x"),
    ("a\0b", "a_b"), ("two\nlines", "two\nlines"), ("größe 東京", "größe 東京"),
  ])
  func aNameStaysInItsFolder(name: String, component: String) {
    #expect(PathComponent.of(name) == component)
  }

  @Test(arguments: [("größe/1", "gr__e_1"), ("", "_"), (".a b", "_.a_b"), ("sift-128_x.y", "sift-128_x.y")])
  func aPortableNameIsPlain(name: String, component: String) {
    #expect(PathComponent.portable(name) == component)
  }

  @Test func aLongNameIsCutBetweenCharacters() {
    #expect(PathComponent.of(String(repeating: "a", count: 300)) == String(repeating: "a", count: 200))
    // Three bytes each.
    #expect(PathComponent.of(String(repeating: "東", count: 100)) == String(repeating: "東", count: 66))
  }
}
