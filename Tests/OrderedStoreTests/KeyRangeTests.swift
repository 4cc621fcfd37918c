import OrderedStore
import Testing

@Suite struct KeyRangeTests {
  @Test func aPrefixEndsBeforeTheNextOne() {
    #expect(KeyRange.prefix([1, 2]) == .from([1, 2], upTo: [1, 3]))
    #expect(KeyRange.prefix([1, 255, 255]) == .from([1, 255, 255], upTo: [2]))
    #expect(KeyRange.prefix([255, 255]) == .from([255, 255]))
    #expect(KeyRange.prefix([]) == .from([]))
  }
}
