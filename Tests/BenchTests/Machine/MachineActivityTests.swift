import Foundation
import Testing

@testable import Bench

@Suite struct MachineActivityTests {
  @Test func workOfThisProcessIsItsOwn() {
    let before = MachineReading()
    let start = clock()
    while clock() - start < CLOCKS_PER_SEC / 20 {}
    let activity = MachineReading().since(before)
    #expect(activity.seconds > 0.01 && activity.ownSeconds > 0.04)
    #expect(activity.processors >= 1 && activity.stealShare >= 0)
  }

  @Test func activitiesAddUp() {
    var sum = MachineActivity()
    var part = MachineActivity()
    part.seconds = 2
    part.busySeconds = 6
    part.ownSeconds = 2
    part.stolenSeconds = 1
    part.processors = 4
    sum.add(part)
    sum.add(part)
    #expect(sum.seconds == 4 && sum.otherProcessors == 2 && sum.stealShare == 0.125)
  }
}
