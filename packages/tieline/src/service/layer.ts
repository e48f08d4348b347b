// What wraps a service: a layer is a function from service to service.
import type { Service } from '../peer/call.js'

/** Wraps a service: gets the next one and returns one that does something before or after it. */
export type Layer = (next: Service) => Service

/** The service inside the layers, the first layer outermost. */
export function layered(service: Service, layers: readonly Layer[]): Service {
  return layers.reduceRight((inner, layer) => layer(inner), service)
}
