import { useEffect } from 'preact/hooks';
import type { Overview, Session } from '../schemas.js';
import { VIEWS, useAddress, viewOf, type View } from './address.js';
import { FleetPage } from './fleet-page.js';
import { HeadLine } from './head-line.js';
import { HistoryPage } from './history-page.js';
import { KeysPage } from './keys-page.js';
import { Clock, useAnswer, useLive, type Live } from './live.js';
import { Link, Loading } from './parts.js';
import { RunPage } from './run-page.js';
import { Saying } from './saying.js';
import { SchedulePage } from './schedule-page.js';

const TITLES: Readonly<Record<View, string>> = {
  fleet: 'Fleet',
  history: 'History',
  keys: 'Keys',
  schedule: 'Schedule',
};

export function App() {
  const live = useLive();
  const address = useAddress();
  const view = viewOf(address);
  const { value: session } = useAnswer<Session>('api/session');
  const { overview } = live;
  useEffect(() => {
    const tone = overview?.head.tone;
    const mark = tone === 'bad' ? '✖ ' : tone === 'attention' ? '! ' : '';
    document.title = `${mark}${overview?.fleet ?? 'rotor'}: ${TITLES[view].toLowerCase()}`;
  }, [overview, view]);
  return (
    <Saying isPossible={session?.writes ?? false}>
      <Clock>
        <a class="skip" href="#main">
          to the content
        </a>
        <header class="top">
          <Link to={{}} class="brand">
            rotor <strong>{overview?.fleet ?? ''}</strong>
          </Link>
          <nav aria-label="Views">
            {VIEWS.map((each) => (
              <Link key={each} to={{ view: each === 'fleet' ? '' : each }} current={each === view}>
                {TITLES[each]}
              </Link>
            ))}
          </nav>
          {session?.user && <span class="user">{session.user}</span>}
        </header>
        <HeadLine live={live} />
        <main id="main" tabIndex={-1}>
          {view === 'history' && address.run ? (
            <RunPage runId={address.run} running={overview?.running ?? null} />
          ) : overview ? (
            <Page view={view} overview={overview} live={live} />
          ) : (
            <Loading />
          )}
        </main>
        <footer class="bottom">
          {session?.writes ? 'words need the token' : 'read-only'} · <a href="api/openapi.json">API</a>
          {session && ` · rotor ${session.version}`}
        </footer>
      </Clock>
    </Saying>
  );
}

function Page({ view, overview, live }: { view: View; overview: Overview; live: Live }) {
  switch (view) {
    case 'fleet':
      return <FleetPage overview={overview} live={live} />;
    case 'history':
      return <HistoryPage overview={overview} />;
    case 'keys':
      return <KeysPage overview={overview} />;
    case 'schedule':
      return <SchedulePage overview={overview} />;
  }
}
