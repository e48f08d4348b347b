// Where the stage lies in the view: as large as it fits, in the middle, its proportions kept.

export interface Size {
  readonly width: number
  readonly height: number
}

export interface Point {
  readonly x: number
  readonly y: number
}

export interface Fit {
  readonly scale: number
  readonly left: number
  readonly top: number
}

/** `view` in CSS pixels, `stage` in units. */
export function fit(view: Size, stage: Size): Fit {
  const scale = Math.min(view.width / stage.width, view.height / stage.height)
  return {
    scale,
    left: (view.width - stage.width * scale) / 2,
    top: (view.height - stage.height * scale) / 2,
  }
}

/** A point of the view as a point of the stage, which may be outside it. */
export function toStage({ scale, left, top }: Fit, { x, y }: Point): Point {
  return { x: (x - left) / scale, y: (y - top) / scale }
}
