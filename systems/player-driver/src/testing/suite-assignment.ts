// Part of the driver suite: assignment of players to devices, and the preferred player.
import { expect, it } from 'vitest'
import type { Context } from './bench.js'
import { RecordingDevice } from './recording-device.js'

const here = new RecordingDevice('here').info.id
const there = new RecordingDevice('there').info.id

export function assignmentTests(context: () => Context): void {
  it('assigns a player to a device that need not be attached, and takes the assignment back', async () => {
    const { driver } = context()
    const player = await driver.registerPlayer('mpv')
    expect(await driver.getPlayerAssignedDevice(player)).toBeNull()
    await driver.assignPlayerToDevice(player, here)
    expect(await driver.getPlayerAssignedDevice(player)).toBe(here)
    await driver.unassignPlayerFromDevice(player, here)
    expect(await driver.getPlayerAssignedDevice(player)).toBeNull()
  })

  it('replaces an assignment by the next', async () => {
    const { driver } = context()
    const player = await driver.registerPlayer('mpv')
    await driver.assignPlayerToDevice(player, here)
    await driver.assignPlayerToDevice(player, there)
    expect(await driver.getPlayerAssignedDevice(player)).toBe(there)
  })

  it('refuses to take a player from a device that it is not assigned to', async () => {
    const { driver } = context()
    const player = await driver.registerPlayer('mpv')
    const text = `player_id ${player} not assigned to the device ${here}`
    const refusal = { code: 'not-assigned', message: text }
    await expect(driver.unassignPlayerFromDevice(player, here)).rejects.toMatchObject(refusal)
    await driver.assignPlayerToDevice(player, there)
    await expect(driver.unassignPlayerFromDevice(player, here)).rejects.toMatchObject(refusal)
    expect(await driver.getPlayerAssignedDevice(player)).toBe(there)
  })

  it('keeps one preferred player, of any client of the user, or none', async () => {
    const { bench, driver } = context()
    const other = await bench.connect()
    const player = await other.registerPlayer('mpv')
    expect(await driver.getPreferredPlayer()).toBeNull()
    await driver.setPreferredPlayer(player)
    expect(await other.getPreferredPlayer()).toBe(player)
    await driver.setPreferredPlayer(null)
    expect(await other.getPreferredPlayer()).toBeNull()
  })

  it('forgets the preference with the player', async () => {
    const { driver } = context()
    const player = await driver.registerPlayer('mpv')
    await driver.setPreferredPlayer(player)
    await driver.unregisterPlayer(player)
    expect(await driver.getPreferredPlayer()).toBeNull()
  })

  it('refuses to prefer a player that is not there, and keeps the preference', async () => {
    const { driver } = context()
    const player = await driver.registerPlayer('mpv')
    await driver.setPreferredPlayer(player)
    await expect(driver.setPreferredPlayer(99)).rejects.toMatchObject({
      code: 'unknown-player',
      message: 'player_id 99 not registered',
    })
    expect(await driver.getPreferredPlayer()).toBe(player)
  })
}
