import { desc, type Table, type Timestamp } from 'tidegate'

interface Flight {
  readonly date: Timestamp
  readonly delay: number
  readonly distance: number
  readonly origin: string
  readonly destination: string
}

interface Airport {
  readonly iata: string
  readonly city: string
  readonly state: string
}

interface Route {
  readonly originCity: string | null
  readonly destinationCity: string | null
  readonly flights: number
}

/** The code of `pipeline.yaml`, named from there. */
export const late = (batch: Table<Flight>) => batch.derive({ late: (d) => d.delay > 15 })

export const enrich = (batch: Table<Flight>, { airports }: { readonly airports: Table<Airport> }) =>
  batch
    .join_left(airports.select({ iata: 'origin', city: 'originCity', state: 'originState' }), 'origin')
    .join_left(airports.select({ iata: 'destination', city: 'destinationCity' }), 'destination')

export const busiest = (t: Table<Route>) => t.orderby(desc('flights'), 'originCity', 'destinationCity').slice(0, 100)
