import Foundation
import Testing

@testable import VectorCore

@Suite struct UsableProcessorsTests {
  @Test func thereAreSomeAndNoMoreThanTheMachineHas() {
    #expect((1...ProcessInfo.processInfo.processorCount).contains(UsableProcessors.count))
  }

  @Test func listsOfProcessorsAreCounted() {
    #expect(UsableProcessors.count(inList: "\t0-3,8") == 5)
    #expect(UsableProcessors.count(inList: "7") == 1)
    for text in ["", "x", "3-1", "1-2-3"] { #expect(UsableProcessors.count(inList: text) == nil) }
  }
}
